"""Ways to break the server that the rows must notice; planted in a worker by gunicorn_stressed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gevent

from imserver.errors import Unavailable
from imserver.store import writer
from imserver.store.batch import Committed, commit_jobs
from imserver.store.mysql_text import MysqlStatement
from imserver.store.statements import MYSQL, load_texts
from tests.stress import mutants_of_store
from tests.stress.mutants_of_state import (
    look_before_register,
    membership_cached,
    shared_cache_socket,
    unbounded_buffer,
)

# How long the mutants keep a commit waiting behind its answer or its hints: write-behind, as it is done.
BEHIND_SECONDS = 0.2


class Undone(Exception):
    """Carries what a transaction would have committed out of it, and rolls it back."""


def rehearse(self: Any, jobs: list[Any]) -> Committed:
    """Return what a commit of ``jobs`` would have done."""

    def work(tx: Any) -> None:
        raise Undone(commit_jobs(tx, jobs, now=self._now_ms()))

    try:
        self._database.write(work)
    except Undone as undone:
        done: Committed = undone.args[0]
        return done
    raise AssertionError("the rehearsal was committed")


def answer_before_commit(engine: Any) -> None:
    """The sender is answered first, and the commit comes a moment later, or not."""

    def commit(self: Any, tickets: list[Any]) -> None:
        jobs = [ticket.job for ticket in tickets]
        try:
            writer._answer(tickets, rehearse(self, jobs).answers)
        except Unavailable as error:
            writer._answer(tickets, [error] * len(tickets))
            return
        gevent.sleep(BEHIND_SECONDS)
        try:
            self._tell(self._database.write(lambda tx: commit_jobs(tx, jobs, now=self._now_ms())))
        except Unavailable:
            return  # too late: the sender has gone away happy

    type(engine.store.writer)._commit = commit


def hint_before_commit(engine: Any) -> None:
    """Everybody is told first, and the commit comes a moment later, or not."""

    def commit(self: Any, tickets: list[Any]) -> None:
        jobs = [ticket.job for ticket in tickets]
        try:
            self._tell(rehearse(self, jobs))
            gevent.sleep(BEHIND_SECONDS)
            done = self._database.write(lambda tx: commit_jobs(tx, jobs, now=self._now_ms()))
        except Unavailable as error:
            writer._answer(tickets, [error] * len(tickets))
            return
        writer._answer(tickets, done.answers)

    type(engine.store.writer)._commit = commit


def no_sweep(engine: Any) -> None:
    """Nobody compares the waiting clients with the log: what a hint lost stays lost."""
    type(engine.monitor).sweep = lambda self: 0


def no_drain(engine: Any) -> None:
    """A stopping worker leaves those who wait without a word."""
    type(engine).drain = lambda self, seconds: None


def site_missing(engine: Any) -> None:
    """The backlog's query does not name the site: namesakes read each other's inbox."""
    text = load_texts(MYSQL)["load_backlog"]
    wrong, count = re.subn(r"i\.site_id = %\(site_id\)s AND ", "", text)
    assert count == 1
    engine.store.database._statements["load_backlog"] = MysqlStatement("load_backlog", wrong)


@dataclass(frozen=True, slots=True)
class Planted:
    """A mutant: the row that must catch it, and by which letter or complaint it has to be seen there."""

    row_id: str
    expected: tuple[str, ...]
    mutate: Callable[[Any], None] | None = None


# cursor_before_apply is a client's fault, so the row plants it itself.
PLANTS: dict[str, Planted] = {
    "no_sweep": Planted("F16b", ("L", "not settled", "settled after", "p99 "), no_sweep),
    "no_drain": Planted("F4", ("bare end of a wait", "cut inside an answer"), no_drain),
    "site_missing": Planted("F16", ("X",), site_missing),
    "answer_before_commit": Planted("F7", ("L",), answer_before_commit),
    "hint_before_commit": Planted("F7", ("D", "O", "G", "X"), hint_before_commit),
    "dedup_in_cache": Planted("F9", ("D",), mutants_of_store.dedup_in_cache),
    "auto_increment_cursor": Planted("F9", ("G",), mutants_of_store.auto_increment_cursor),
    "clock_as_order": Planted("F20", ("L", "O", "G"), mutants_of_store.clock_as_order),
    "no_tag_check": Planted("F11", ("L", "O"), mutants_of_store.no_tag_check),
    "look_before_register": Planted("C2", ("not settled", "settled after"), look_before_register),
    # Whether somebody is blocked stands in the same rows as that they take part, and is believed with it.
    "membership_cached": Planted("C3", ("X",), membership_cached),
    "unbounded_buffer": Planted("A1", ("slow readers still open", "RSS of a worker"), unbounded_buffer),
    "shared_cache_socket": Planted("C4", ("a wrong profile", "the cache failed"), shared_cache_socket),
    "cursor_before_apply": Planted("C1", ("L", "G"), None),
}


def plant(name: str, engine: Any) -> None:
    """Plant the mutant ``name`` in this worker; KeyError when there is none."""
    mutate = PLANTS[name].mutate
    if mutate is not None:
        mutate(engine)
