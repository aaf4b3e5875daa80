"""How far imports have come: saved in the transaction of the rows that they stand for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from imserver.store.database import Database, Transaction, first_row

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything of a file before ``at_bytes`` has been brought in; line ``at_line`` begins there.

    ``taken``: lines that were good. ``fresh``: rows that they added. ``refused_bytes``: how long the file of
    refused lines is up to here.
    """

    at_bytes: int = 0
    at_line: int = 1
    taken: int = 0
    fresh: int = 0
    refused: int = 0
    refused_bytes: int = 0
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class ImportKey:
    """One file for one site: ``import_id`` follows from its content and from what it is imported as."""

    site_id: str
    import_id: str
    kind: str


class Imports:
    """Checkpoints of imports from files; nothing else is known of them."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def find(self, key: ImportKey) -> Checkpoint | None:
        """Return how far the file was imported before; None if it never was."""
        row = self._database.read(
            lambda tx: first_row(tx.rows("find_import", site_id=key.site_id, import_id=key.import_id))
        )
        if row is None:
            return None
        *numbers, is_done = row
        return Checkpoint(*numbers, is_done=bool(is_done))  # type: ignore[misc]

    def forget(self, key: ImportKey) -> None:
        """Let the file be imported from its beginning."""
        self._database.write(lambda tx: tx.run("delete_import", site_id=key.site_id, import_id=key.import_id))

    def commit(
        self, key: ImportKey | None, work: Callable[[Transaction], tuple[T, Checkpoint]]
    ) -> tuple[T, Checkpoint]:
        """Run ``work`` and save the checkpoint that it returns, both or neither; without a key only ``work``.

        ``work`` may be run again from the start.
        """
        now = self._now_ms()

        def write(tx: Transaction) -> tuple[T, Checkpoint]:
            result, place = work(tx)
            if key is not None:
                tx.run("save_import", rows=[_row(key, place, now=now)])
            return result, place

        return self._database.write(write)


def _row(key: ImportKey, place: Checkpoint, *, now: int) -> tuple[str | int, ...]:
    return (
        key.site_id,
        key.import_id,
        key.kind,
        place.at_bytes,
        place.at_line,
        place.taken,
        place.fresh,
        place.refused,
        place.refused_bytes,
        int(place.is_done),
        now,
    )
