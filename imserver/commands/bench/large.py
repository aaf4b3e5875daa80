"""What a person waits for where there is very much of something: a roster, a room, a conversation.

Each screen of the widget is a few calls of the API; each call is made again and again over one connection,
one at a time, and the time is that of the whole answer. Everything is written straight into the store.
"""

import http.client
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

from imserver.commands.bench.installation import SITE, Installation
from imserver.commands.bench.members import AT_ONCE, befriend, make_room, pair_up
from imserver.commands.load.crew import Seat
from imserver.commands.load.failures import LoadError, LoadExit
from imserver.store import Store
from imserver.store.database import Transaction

Figures = dict[str, Any]
T = TypeVar("T")

REPEATS = 20
SECONDS = 60.0
# One message in so many has the rare word, none but every third the frequent one.
RARE_EVERY = 20_000
ONE_ONLINE_OF = 5
# Nobody beats for the worker that they are with, so it has to be alive for as long as a run may take.
ALIVE_MS = 86_400_000
WORDS = ("lantern", "harbour", "violin", "meadow", "copper", "winter", "pepper", "garden", "river", "candle")


def screens(server: Installation, *, count: int) -> Iterator[Figures]:
    """Yield the time of each call, with ``count`` friends, members and messages; every fifth is online."""
    seats = server.members(count)
    me, friend = seats[0], seats[1]
    befriend(server.store, SITE, me, seats[1:])
    _come(server.store, seats[1::ONE_ONLINE_OF])
    room = make_room(server.store, SITE, seats)
    ((_, _, chat),) = pair_up(server.store, SITE, [me, friend], [(0, 1)], now_ms=_now_ms())
    write_messages(server.store, chat, (me, friend), count)
    server.store.search_index.take_in((SITE, chat))
    asker = _Asker(server.port, me.session)
    for name, path, query in _calls(room, chat, count):
        yield {"screen": name, "of": count, **asker.time(path, query)}


def _calls(room: str, chat: str, count: int) -> Iterator[tuple[str, str, Figures]]:
    conversation = f"/v1/conversations/{chat}"
    yield "state: the first paint", "/v1/state", {}
    yield "roster: first page", "/v1/contacts", {"filter": "friends", "limit": 100}
    yield "roster: page from its middle", "/v1/contacts", {"filter": "friends", "offset": count // 2}
    yield "roster: last page", "/v1/contacts", {"filter": "friends", "offset": count - 50}
    yield "roster: online and no friends", "/v1/contacts", {"filter": "others", "limit": 100}
    yield (
        "roster: people by a name that few have",
        "/v1/contacts",
        {"filter": "friends", "q": f"u{count // 2:06}"},
    )
    yield "roster: people by a name that all have", "/v1/contacts", {"filter": "friends", "q": "bench"}
    yield "everyone: people by a name that all have", "/v1/contacts", {"filter": "everyone", "q": "bench"}
    yield "room: open", f"/v1/conversations/{room}", {}
    yield "room: who is here, first page", f"/v1/conversations/{room}/members", {"limit": 100}
    yield "room: page from its middle", f"/v1/conversations/{room}/members", {"offset": count // 2}
    yield "room: members by a name that all have", f"/v1/conversations/{room}/members", {"q": "bench"}
    yield "conversation: newest page", f"{conversation}/messages", {"limit": 50}
    yield "conversation: page around its middle", f"{conversation}/messages", {"around_seq": count // 2}
    for kind, q in (("rare", "zephyr"), ("frequent", "lantern"), ("in every message", "number")):
        yield f"search: a word that is {kind}", "/v1/search", {"conversation_id": chat, "q": q}
    yield "search: two words", "/v1/search", {"conversation_id": chat, "q": "harbour zephyr"}
    yield "search: the beginning of a word, everywhere", "/v1/search", {"q": "lant"}


class _Asker:
    """One connection that asks the same thing again and again."""

    def __init__(self, port: int, session: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        self._headers = {"Authorization": f"Bearer {session}"}

    def time(self, path: str, query: Figures) -> Figures:
        """Return the median and the longest of the answers, the first one apart."""
        address = f"{path}?{urlencode(query)}" if query else path
        first, *others = (self._ask(address) for _ in range(REPEATS + 1))
        return {
            "first_ms": first,
            "median_ms": round(statistics.median(others), 1),
            "longest_ms": max(others),
        }

    def _ask(self, address: str) -> float:
        began = time.perf_counter()
        self._connection.request("GET", address, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise LoadError(LoadExit.BROKEN, f"{address}: {answer.status} {body[:200]!r}")
        return round(1000 * (time.perf_counter() - began), 1)


def _come(store: Store, seats: Sequence[Seat]) -> None:
    store.presence.beat(SITE, _now_ms() + ALIVE_MS)
    store.presence.arrive(SITE, [(SITE, seat.user_id) for seat in seats], now=_now_ms())


def write_messages(store: Store, chat: str, talkers: tuple[Seat, Seat], count: int) -> None:
    """Put ``count`` messages of the two into their conversation."""
    now = _now_ms()
    rows = [
        (SITE, chat, seq, talkers[seq % 2].user_id, seq.to_bytes(16, "big"), _text(seq), now - count + seq)
        for seq in range(1, count + 1)
    ]
    _write_all(store, rows, lambda tx, part: tx.run("insert_messages", rows=part))
    row = (SITE, chat, count, now, "direct", now)
    store.database.write(lambda tx: tx.run("save_conversations", rows=[row]))


def _text(seq: int) -> str:
    words = " ".join(WORDS[(seq * step) % len(WORDS)] for step in (1, 3, 7))
    return f"message number {seq}: {words}" + (" zephyr" if seq % RARE_EVERY == 7 else "")


def _write_all(store: Store, rows: Sequence[T], write: Callable[[Transaction, list[T]], object]) -> None:
    for begin in range(0, len(rows), AT_ONCE):
        part = list(rows[begin : begin + AT_ONCE])
        store.database.write(partial(_run, write=write, part=part))


def _run(tx: Transaction, *, write: Callable[[Transaction, list[T]], object], part: list[T]) -> None:
    write(tx, part)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
