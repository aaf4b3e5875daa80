"""One import of one file: read, judged, written, remembered.

design: while the database works on one batch, the next is read and judged by another greenlet. A batch is
one transaction, and what is remembered of the file is written in it; so an import that is cut off at any
point goes on behind its last batch, and what comes twice is there once.
"""

import gc
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import gevent
from gevent.queue import Queue

from imserver.commands.imports.lines import BadLine, Read
from imserver.commands.imports.loaders import Loader, reason_of
from imserver.commands.imports.progress import Progress
from imserver.commands.imports.records import Record
from imserver.commands.imports.refused import Refused
from imserver.errors import ServiceError
from imserver.store import Store
from imserver.store.database import Transaction
from imserver.store.imports import Checkpoint, ImportKey

Reader = Callable[[Sequence[Record]], Iterable[Read]]
# Batches that have been read and wait for the database.
READ_AHEAD = 2
# Lines that are judged at one go, some 5 ms: so long an answer of the database may wait for its reader.
LINES_AT_ONCE = 1_000
# A batch is many thousands of objects, none of them in a cycle; looking took a quarter of the time.
COLLECT_EVERY = 100_000


class _Batch(NamedTuple):
    """``good`` with the records that they come from; the file is read up to ``end``."""

    records: list[Record]
    good: list[Any]
    bad: list[tuple[Record, str]]
    end: Record
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What there is to do. ``key`` is None for what is not remembered; ``position`` tells of the progress."""

    records: Iterable[Record]
    read: Reader
    key: ImportKey | None
    position: Callable[[], int]
    dry_run: bool


@contextmanager
def _few_collections() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(COLLECT_EVERY, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _Undone(Exception):
    """Carries the outcome out of a transaction that is not to be committed."""

    def __init__(self, outcome: tuple[dict[int, str], Checkpoint]) -> None:
        super().__init__("a dry run")
        self.outcome = outcome


class Run:
    """Brings in everything from ``start`` on; ``place`` says how far it is."""

    def __init__(
        self, store: Store, loader: Loader, *, refused: Refused, progress: Progress, start: Checkpoint
    ) -> None:
        self.place = start
        self._store = store
        self._loader = loader
        self._refused = refused
        self._progress = progress

    def carry_out(self, work: Work) -> Checkpoint:
        """Return how far it came, which is the end. Raises what the database raises; what was done holds."""
        ahead: Queue[_Batch | BaseException | None] = Queue(READ_AHEAD)
        reader = gevent.spawn(self._read_ahead, work, ahead)
        with _few_collections():
            try:
                while (batch := ahead.get()) is not None:
                    if isinstance(batch, BaseException):
                        raise batch
                    self._take(batch, work)
            finally:
                reader.kill()
        self._finish(work)
        return self.place

    def _read_ahead(self, work: Work, ahead: "Queue[_Batch | BaseException | None]") -> None:
        try:
            for batch in self._batches(work):
                ahead.put(batch)
            ahead.put(None)
        except (ServiceError, OSError, EOFError) as error:
            ahead.put(error)

    def _batches(self, work: Work) -> Iterator[_Batch]:
        records, most = iter(work.records), self._loader.batch_lines
        while chunk := list(itertools.islice(records, min(most, LINES_AT_ONCE))):
            batch = _Batch([], [], [], chunk[-1], work.position())
            left = most
            while chunk:
                self._judge(work.read(chunk), batch)
                batch = batch._replace(end=chunk[-1], position=work.position())
                left -= len(chunk)
                gevent.sleep(0)
                chunk = list(itertools.islice(records, min(left, LINES_AT_ONCE)))
            yield batch

    def _judge(self, lines: Iterable[Read], batch: _Batch) -> None:
        """Put the lines into the batch, the bad ones with the reason."""
        prepare = self._loader.prepare
        for record, line in lines:
            try:
                if isinstance(line, BadLine):
                    raise line
                batch.good.append(prepare(line))
                batch.records.append(record)
            except (BadLine, ServiceError) as error:
                batch.bad.append((record, reason_of(error)))

    def _take(self, batch: _Batch, work: Work) -> None:
        """Write one batch and what is remembered of it."""
        try:
            _, self.place = self._store.imports.commit(work.key, lambda tx: self._load(tx, batch, work))
            self._loader.committed()
        except _Undone as undone:
            _, self.place = undone.outcome
        place = self.place
        self._progress.show(at_bytes=batch.position, rows=place.taken, refused=place.refused)

    def _load(self, tx: Transaction, batch: _Batch, work: Work) -> tuple[dict[int, str], Checkpoint]:
        fresh, reasons = self._loader.load(tx, batch.good) if batch.good else (0, {})
        bad = batch.bad + [(batch.records[place], reason) for place, reason in reasons.items()]
        before, end = self.place, batch.end
        self._refused.cut(before.refused_bytes)
        place = replace(
            before,
            at_bytes=end.end,
            at_line=end.line + end.lines,
            taken=before.taken + len(batch.good) - len(reasons),
            fresh=before.fresh + fresh,
            refused=before.refused + len(bad),
            refused_bytes=self._refused.write(sorted(bad)),
        )
        if work.dry_run:
            raise _Undone((reasons, place))
        return reasons, place

    def _finish(self, work: Work) -> None:
        if not work.dry_run:
            self._loader.finish()
            self.place = replace(self.place, is_done=True)
            self._store.imports.commit(work.key, lambda _tx: (None, self.place))
        self._progress.show(
            at_bytes=work.position(), rows=self.place.taken, refused=self.place.refused, last=True
        )
