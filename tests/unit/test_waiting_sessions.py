"""The index of sessions has one connection of each, and stays as large as the number of those who wait."""

import socket
import sys

from imserver.transports.sessions import EMPTY_KEPT, WaitingSessions


class Connection:
    """One that leaves when it is told to."""

    def __init__(self, sessions: WaitingSessions, session_id: bytes) -> None:
        self.session_id = bytes(bytearray(session_id))
        self.sessions = sessions
        self.told: list[str] = []

    def on_replaced(self) -> None:
        self.told.append("replaced")
        self.sessions.leave(self)

    def on_session_ended(self) -> None:
        self.told.append("ended")
        self.sessions.leave(self)


def enter(sessions: WaitingSessions, session_id: bytes) -> Connection:
    connection = Connection(sessions, session_id)
    sessions.enter(connection)
    return connection


def test_a_newer_connection_takes_the_place_of_the_older_one():
    sessions = WaitingSessions()
    older, other = enter(sessions, b"one"), enter(sessions, b"two")
    newer = enter(sessions, b"one")
    assert (older.told, newer.told) == (["replaced"], [])
    assert (list(sessions), len(sessions)) == ([newer, other], 2)
    sessions.leave(older)
    assert list(sessions) == [newer, other]


def test_who_has_left_is_told_of_nothing_and_counts_no_more():
    sessions = WaitingSessions()
    gone = enter(sessions, b"one")
    sessions.leave(gone)
    sessions.leave(gone)
    sessions.end_session(b"one")
    left, right = socket.socketpair()
    left.close()
    with right:
        assert not sessions.have_overtaken(b"one", right.fileno())
    assert (gone.told, list(sessions), len(sessions)) == ([], [], 0)
    assert list(sessions.session_keys()) == []


def test_who_comes_back_is_told_when_the_session_ends():
    sessions = WaitingSessions()
    sessions.leave(enter(sessions, b"one"))
    back = enter(sessions, b"one")
    assert (list(sessions), len(sessions)) == ([back], 1)
    sessions.end_session(b"one")
    assert (back.told, len(sessions)) == (["ended"], 0)


def test_a_session_that_comes_back_shares_the_id_that_is_kept():
    sessions = WaitingSessions()
    first = enter(sessions, b"sixteen bytes id")
    kept = first.session_id
    assert enter(sessions, kept).session_id is kept
    sessions.leave(next(iter(sessions)))
    assert enter(sessions, kept).session_id is kept


def test_coming_and_going_does_not_make_the_index_larger():
    sessions = WaitingSessions()
    waiting = [enter(sessions, b"%d" % number) for number in range(1_300)]
    before = sys.getsizeof(sessions._by_session)
    for number in range(4_000):
        sessions.leave(waiting[number % 1_300])
        waiting[number % 1_300] = enter(sessions, b"%d" % (number % 1_300))
    assert sys.getsizeof(sessions._by_session) == before


def test_the_places_of_those_who_do_not_come_back_are_cleared_away():
    sessions = WaitingSessions()
    waiting = [enter(sessions, b"%d" % number) for number in range(1_000)]
    for connection in waiting[:-1]:
        sessions.leave(connection)
    assert (list(sessions), len(sessions)) == ([waiting[-1]], 1)
    assert len(sessions._by_session) < 2 * EMPTY_KEPT
