"""Ways in which a messenger like this one has been broken; each must be caught.

A mutant is a World whose parts are wrong in one place. What it needs besides is planted by ``plant``.
"""

import contextlib
import re
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from imserver.errors import Unavailable
from imserver.protocol.cursor import Cursor
from imserver.protocol.types import Event, Poll
from imserver.router import Letter, Mailbox
from imserver.store import Store, batch, edits, reactions, revising
from imserver.store.statements import SQLITE, Statement
from imserver.store.values import Head, Session
from imserver.store.writer import Writer, commit_jobs
from imserver.transports.poll import Outcome
from imserver.transports.waiter import PollWaiter
from tests.property.clients import Client
from tests.property.world import ObservedTransport, Worker, World


class MutantWorld(World):
    """The base of all mutants."""

    @classmethod
    def plant(cls, monkeypatch: pytest.MonkeyPatch, database: Path) -> None:
        """Change what is not reached through the world's classes."""


# -- look before register


class LookFirstTransport(ObservedTransport):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._looked: dict[PollWaiter, Head] = {}

    def _enter(self, waiter: PollWaiter, session: Session, request: Poll) -> None:
        self._looked[waiter] = self._log.fetch_head(session.site_id, session.user_id)
        super()._enter(waiter, session, request)

    def _look_once(self, waiter: PollWaiter) -> bytes | None:
        head = self._looked.pop(waiter, None)
        if head is not None and Cursor(head.useq, head.tag) == waiter.cursor:
            return None
        return super()._look_once(waiter)


class LookFirstWorker(Worker):
    transport_class = LookFirstTransport


class LookBeforeRegister(MutantWorld):
    """The head is read before the waiter stands in the router: an event in between wakes nobody."""

    worker_class = LookFirstWorker


# -- answer before commit


class Undone(Exception):
    """Carries the answers out of a transaction that is rolled back."""


class AnsweringWriter(Writer):
    def _commit(self, tickets: list[Any]) -> None:
        jobs, now = [ticket.job for ticket in tickets], self._now_ms()

        def rehearse(tx: Any) -> None:
            raise Undone(commit_jobs(tx, jobs, now=now).answers)

        try:
            self._database.inner.write(rehearse)
        except Undone as undone:
            for ticket, answer in zip(tickets, undone.args[0], strict=True):
                ticket.on_answer(answer)
        with contextlib.suppress(Unavailable):  # too late: the sender has gone away happy
            self._tell(self._database.write(lambda tx: commit_jobs(tx, jobs, now=now)))


class AnswerBeforeCommit(MutantWorld):
    """The sender is answered from the open transaction: a COMMIT that fails then loses what was promised."""

    writer_class = AnsweringWriter


# -- dedup in memory only


class DedupInMemory(MutantWorld):
    """What was sent before is known to the process, not to the database: a restart forgets it."""

    @classmethod
    def plant(cls, monkeypatch: pytest.MonkeyPatch, database: Path) -> None:
        cls.memory: dict[Any, Any] = {}
        real = batch.Batch._plan_nothing

        def remember(planned: batch.Batch) -> None:
            real(planned)
            planned._sent = cls.memory

        monkeypatch.setattr(batch.Batch, "_plan_nothing", remember)
        with sqlite3.connect(database) as connection:
            (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'messages'").fetchone()
            without, count = re.subn(r",\s*UNIQUE \([^)]*\)", "", sql)
            assert count == 1
            connection.execute("DROP TABLE messages")
            connection.execute(without)
        connection.close()

    def start_worker(self, name: str) -> None:
        self.memory.clear()
        super().start_worker(name)


# -- hint before commit


class TellingWriter(Writer):
    def _commit(self, tickets: list[Any]) -> None:
        jobs, now, done = [ticket.job for ticket in tickets], self._now_ms(), []

        def work(tx: Any) -> Any:
            done.append(commit_jobs(tx, jobs, now=now))
            return done[-1]

        try:
            self._database.write(work)
        except Unavailable as error:
            for ticket in tickets:
                ticket.on_answer(error)
        else:
            for ticket, answer in zip(tickets, done[-1].answers, strict=True):
                ticket.on_answer(answer)
        finally:
            self._tell(done[-1])


class HintBeforeCommit(MutantWorld):
    """Hints go out once the rows are written, whatever becomes of the COMMIT: clients see phantoms."""

    writer_class = TellingWriter


# -- no tag check


class TrustingTransport(ObservedTransport):
    def poll(self, session: Session, request: Poll, **kwargs: Any) -> Outcome | None:
        useq = Cursor.parse(request.cursor).useq
        key = {"site_id": session.site_id, "user_id": session.user_id}
        rows = self._log.database.read(lambda tx: tx.rows("load_backlog", **key, from_useq=useq, limit=1))
        if useq and rows and rows[0][0] == useq:
            request = msgspec.structs.replace(request, cursor=str(Cursor(useq, rows[0][1])))
        return super().poll(session, request, **kwargs)


class TrustingWorker(Worker):
    transport_class = TrustingTransport


class NoTagCheck(MutantWorld):
    """A cursor is judged by its number alone: after a restore it may name another event."""

    worker_class = TrustingWorker


# -- cursor moved before apply


class HastyClient(Client):
    def step(self, cursor: Cursor, event: Event) -> None:
        self.cursor = cursor
        self.save()
        self.maybe_crash()
        self.apply(cursor, event)


class CursorBeforeApply(MutantWorld):
    """The client saves its cursor and then applies the event: a crash in between skips it for ever."""

    client_class = HastyClient


# -- sweep off


class SweepOff(MutantWorld):
    """Nobody compares the waiting polls with the log: a lost hint stays lost until the next one."""

    sweeps = False


# -- site_id missing


class SiteMissing(MutantWorld):
    """The backlog's query does not name the site: namesakes of two communities read each other's inbox."""

    def open_store(self) -> Store:
        store = super().open_store()
        statements = store.database._statements
        sql = (Path(__file__).parents[2] / "sql/queries/log.sql").read_text()
        body = sql.partition("-- name: load_backlog")[2].partition("\n")[2].partition("-- name:")[0]
        wrong, count = re.subn(r"i\.site_id = :site_id AND ", "", body)
        assert count == 1
        wrong = re.sub(r"(?m)^--.*$", "", re.sub(r":(\w+)", r"%(\1)s", wrong))
        statements["load_backlog"] = Statement("load_backlog", wrong, dialect=SQLITE)
        return store


# -- hints applied whatever their number


class TrustingClient(Client):
    def apply_all(self, events: list[Event]) -> bool:
        self.last_events = []
        for event in events:
            self.step(Cursor.parse(event.cursor), event)
        return True


class NumberIgnored(MutantWorld):
    """A hint goes to the client, and the client applies it, although the one before it is missing."""

    client_class = TrustingClient

    @classmethod
    def plant(cls, monkeypatch: pytest.MonkeyPatch, database: Path) -> None:
        def after(mailbox: Mailbox, cursor: Cursor) -> list[Letter]:
            return sorted({letter for _, letter in mailbox._recent if letter.useq > cursor.useq})

        monkeypatch.setattr(Mailbox, "after", after)


# -- changes of messages


class ReactionsNotUnique(MutantWorld):
    """Whoever reacts again, for want of an answer, makes yet another version."""

    @classmethod
    def plant(cls, monkeypatch: pytest.MonkeyPatch, database: Path) -> None:
        real = reactions._write
        monkeypatch.setattr(reactions, "_write", lambda *arguments: real(*arguments) or True)


class ChangesUntold(MutantWorld):
    """Only the one who changes a message hears of it."""

    @classmethod
    def plant(cls, monkeypatch: pytest.MonkeyPatch, database: Path) -> None:
        real = revising.message_events

        def own(*arguments: Any, by: str, **words: Any) -> list[Any]:
            return [event for event in real(*arguments, by=by, **words) if event[0][1] == by]

        monkeypatch.setattr(revising, "message_events", own)


class OldWordsKept(MutantWorld):
    """A deleted message is told as one, and its words stay in the table."""

    @classmethod
    def plant(cls, monkeypatch: pytest.MonkeyPatch, database: Path) -> None:
        def keep(tx: Any, talk: Any, stored: Any, **changes: Any) -> Any:
            told = revising.revise(tx, talk, stored, **changes)
            tx.run("save_message", **talk.key, seq=stored.seq, body=stored.text, extra=None, version=2)
            return told

        real = edits.revise
        monkeypatch.setattr(edits, "revise", lambda *a, **k: (keep if k.get("text") == "" else real)(*a, **k))
