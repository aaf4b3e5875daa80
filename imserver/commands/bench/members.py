"""Members, sessions, conversations and a room, written straight into a private store, thousands at once."""

from collections.abc import Sequence
from functools import partial

from imserver.commands.load.crew import Seat
from imserver.store import Store
from imserver.store.database import Transaction
from imserver.store.folding import fold
from imserver.store.ids import direct_id
from imserver.store.people import save_people
from imserver.store.roster import insert_friends
from imserver.store.sessions import fresh_session, save_sessions
from imserver.store.values import Person, Session, UserKey

# One transaction's worth: one flush for so many.
AT_ONCE = 1_000
SESSION_MS = 24 * 3_600_000


def enrol(store: Store, site_id: str, *, start: int, count: int, now_ms: int) -> list[Seat]:
    """Make ``count`` members with an open session each; return their seats."""
    names = [f"u{number:06}" for number in range(start, start + count)]
    seats: list[Seat] = []
    for begin in range(0, count, AT_ONCE):
        part = names[begin : begin + AT_ONCE]
        opened = [fresh_session(site_id, name, origin="", expires_at=now_ms + SESSION_MS) for name in part]
        people = [Person(site_id, name, f"Bench {name}") for name in part]
        store.database.write(partial(_insert, people=people, opened=[s for _, s in opened], now_ms=now_ms))
        seats += [Seat(user_id=name, session=text) for name, (text, _) in zip(part, opened, strict=True)]
    return seats


def pair_up(
    store: Store, site_id: str, seats: Sequence[Seat], pairs: Sequence[tuple[int, int]], *, now_ms: int
) -> list[tuple[int, int, str]]:
    """Open the conversations of ``pairs``; return them with their ids."""
    found = [(a, b, direct_id(site_id, seats[a].user_id, seats[b].user_id)) for a, b in pairs]
    for begin in range(0, len(found), AT_ONCE):
        part = [(name, seats[a].user_id, seats[b].user_id) for a, b, name in found[begin : begin + AT_ONCE]]
        store.database.write(partial(_open, site_id=site_id, pairs=part, now_ms=now_ms))
    return found


def befriend(store: Store, site_id: str, me: Seat, others: Sequence[Seat]) -> None:
    """Give ``me`` friends."""
    key, names = UserKey(site_id, me.user_id), [other.user_id for other in others]
    for begin in range(0, len(names), AT_ONCE):
        store.database.write(partial(_befriend, key=key, names=names[begin : begin + AT_ONCE]))


def make_room(store: Store, site_id: str, seats: Sequence[Seat]) -> str:
    """Return the id of a room in which everybody takes part."""
    room = store.groups.create_room(site_id, seats[0].user_id, name="Bench")
    key = {"site_id": site_id, "conversation_id": room}
    for begin in range(1, len(seats), AT_ONCE):
        store.database.write(partial(_join, key=key, seats=seats[begin : begin + AT_ONCE]))
    return room


def _insert(tx: Transaction, *, people: Sequence[Person], opened: Sequence[Session], now_ms: int) -> None:
    save_people(tx, people, now=now_ms)
    save_sessions(tx, opened, now=now_ms)


def _befriend(tx: Transaction, *, key: UserKey, names: list[str]) -> None:
    insert_friends(tx, key, names, now=0)


def _open(tx: Transaction, *, site_id: str, pairs: Sequence[tuple[str, str, str]], now_ms: int) -> None:
    members = []
    for name, a, b in pairs:
        tx.run("insert_conversation", site_id=site_id, conversation_id=name, kind="direct", now=now_ms)
        members += [(site_id, name, user_id, now_ms, 0, 0) for user_id in (a, b)]
    tx.run("insert_participants", rows=members)


def _join(tx: Transaction, *, key: dict[str, str], seats: Sequence[Seat]) -> None:
    names = [seat.user_id for seat in seats]
    tx.run("insert_participants", rows=[(*key.values(), name, 0, 0, 0) for name in names])
    for name in names:
        tx.run("insert_member", **key, user_id=name, is_offline=1, name_folded=fold(f"Bench {name}"))
    tx.run("count_member", **key, difference=len(names))
