"""Arrivals: gathered, looked after together, and never more than the worker can hold."""

from collections.abc import Iterator

import gevent
import pytest

from imserver.errors import ServiceError, Unavailable
from imserver.protocol.cursor import START, Cursor
from imserver.protocol.types import Poll
from imserver.store.values import Head, Session
from imserver.transports.arrivals import (
    LARGE_BYTES,
    LATE_SECONDS,
    REST_RATIO,
    REST_SECONDS,
    Arrival,
    ArrivalsDesk,
    Crew,
    Gatherer,
)
from tests.services import wait_until
from tests.unit.poll_desk import ADA, Desk, Peer, texts


class Front:
    """The desk of arrivals in front of a transport, and what it asks of the log."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.asked: list[list[tuple[str, str]]] = []
        self.refused: list[ServiceError] = []
        self.error: ServiceError | None = None
        self.arrivals = ArrivalsDesk(
            desk.transport, self.load_heads, refuse=lambda _, error: self.refused.append(error)
        )

    def load_heads(self, users: list[tuple[str, str]]) -> dict[tuple[str, str], Head]:
        self.asked.append(list(users))
        if self.error is not None:
            raise self.error
        head = self.desk.log.fetch_head(*ADA)
        return dict.fromkeys([user for user in users if user == ADA], head)

    def arrival(
        self, peer: Peer, *, cursor: str = "", user: tuple[str, str] = ADA, **fields: object
    ) -> Arrival:
        request = Poll(token="", cursor=cursor or str(self.desk.log.head()), **fields)
        session = Session(*user, b"s%d" % peer.fd, "", 0)
        return Arrival(session, request, peer.fd, peer.home, None)


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.close()


@pytest.fixture
def front(desk) -> Front:
    return Front(desk)


def test_many_quiet_polls_are_parked_after_one_look(front, desk):
    peers = [desk.peer() for _ in range(50)]
    front.arrivals.receive([front.arrival(peer) for peer in peers])
    assert len(front.asked) == 1
    assert all(peer.fd in desk.lot for peer in peers)


def test_a_poll_that_is_behind_is_answered_from_the_log(front, desk):
    desk.log.append("one")
    peer = desk.peer()
    front.arrivals.receive([front.arrival(peer, cursor=str(START))])
    assert texts(peer.answer()) == ["one"]
    assert desk.is_empty()


def test_an_event_during_the_look_is_delivered(front, desk):
    peer = desk.peer()
    desk.log.after_head = lambda: (desk.commit("in between"), gevent.sleep(0))
    front.arrivals.receive([front.arrival(peer)])
    assert texts(peer.answer()) == ["in between"]


def test_a_newer_poll_of_the_same_batch_supersedes_the_older_one(front, desk):
    older, newer = desk.peer(), desk.peer()
    arrivals = [front.arrival(older), front.arrival(newer)]
    front.arrivals.receive([arrivals[0], arrivals[1]._replace(session=arrivals[0].session)])
    assert older.answer()[0] == 409
    assert newer.fd in desk.lot


def test_a_poll_that_was_cut_off_does_not_supersede_the_one_that_overtook_it(front, desk):
    newer, older = desk.park(), desk.peer()
    older.socket.close()
    same = Session(*ADA, b"s1", "", 0)
    front.arrivals.receive([front.arrival(older)._replace(session=same)])
    assert [error.code for error in front.refused] == ["replaced"]
    desk.commit("hello")
    assert texts(newer.answer()) == ["hello"]


def test_a_cursor_that_is_none_is_refused_and_harms_nobody(front, desk):
    good, bad = desk.peer(), desk.peer()
    front.arrivals.receive([front.arrival(bad, cursor="x"), front.arrival(good)])
    assert [error.code for error in front.refused] == ["invalid_cursor"]
    assert good.fd in desk.lot


def test_an_outage_is_told_to_all(front, desk):
    front.error = Unavailable()
    peers = [desk.peer() for _ in range(3)]
    front.arrivals.receive([front.arrival(peer) for peer in peers])
    assert [peer.answer()[0] for peer in peers] == [503] * 3
    assert desk.is_empty()


def test_a_person_who_has_been_erased_is_not_found(front, desk):
    peer = desk.peer()
    front.arrivals.receive([front.arrival(peer, user=("demo", "nobody"))])
    assert peer.answer()[0] == 404


def test_who_watches_people_is_told_what_they_are(front, desk):
    peer = desk.peer()
    front.arrivals.receive([front.arrival(peer, watch=["bob"])])
    status, body = peer.answer()
    assert (status, body["events"][0]["changes"][0]["user_id"]) == (200, "bob")
    again = desk.peer()
    front.arrivals.receive([front.arrival(again, watch=["bob"], presence=body["presence"])])
    assert again.fd in desk.lot


def test_a_poll_that_does_not_wait_is_answered_at_once(front, desk):
    peer = desk.peer()
    front.arrivals.receive([front.arrival(peer, wait=False)])
    assert texts(peer.answer()) == []


# -- who comes back


def test_who_comes_back_is_parked_without_a_look(front, desk):
    first = desk.park(session="s1")
    desk.commit("hello")
    assert texts(first.answer()) == ["hello"]
    again = desk.peer()
    assert front.arrivals.receive_at_once(front.arrival(again))
    assert again.fd in desk.lot
    assert front.asked == []


def test_of_a_batch_only_those_are_looked_up_who_do_not_come_back_to_where_they_left(front, desk):
    first = desk.park(session="s1")
    desk.commit("hello")
    assert texts(first.answer()) == ["hello"]
    again, stranger, bad = desk.peer(), desk.peer(), desk.peer()
    arrivals = [front.arrival(again), front.arrival(stranger, user=("demo", "nobody"))]
    front.arrivals.receive([front.arrival(bad, cursor="x"), *arrivals])
    assert front.asked == [[("demo", "nobody")]]
    assert [error.code for error in front.refused] == ["invalid_cursor"]
    assert stranger.answer()[0] == 404
    desk.commit("later")
    assert texts(again.answer()) == ["later"]


def test_who_comes_back_behind_an_event_must_look(front, desk):
    first = desk.park(session="s1")
    desk.commit("hello")
    assert texts(first.answer()) == ["hello"]
    desk.commit("while away")
    again = desk.peer()
    arrival = front.arrival(again, cursor=str(Cursor(1, 7)))
    assert not front.arrivals.receive_at_once(arrival)
    front.arrivals.receive([arrival])
    assert texts(again.answer()) == ["while away"]


def test_who_was_superseded_before_the_look_must_look(front, desk):
    desk.log.append("missed")
    older, newer = desk.peer(), desk.peer()
    arrivals = [front.arrival(peer, cursor=str(START)) for peer in (older, newer)]
    desk.log.before_head = lambda: desk.sessions.end_session(arrivals[0].session.session_id)
    front.arrivals.receive([arrivals[0]])
    assert older.answer()[0] == 401
    assert not front.arrivals.receive_at_once(arrivals[1])


# -- gathering


def test_what_comes_together_is_handled_together():
    batches: list[list[int]] = []
    gatherer: Gatherer[int] = Gatherer(batches.append)
    for number in range(250):
        assert gatherer.add(number)
    wait_until(lambda: sum(map(len, batches)) == 250, what="all were handled")
    assert [len(batch) for batch in batches] == [100, 100, 50]
    assert [number for batch in batches for number in batch] == list(range(250))


def test_what_is_urgent_goes_before_all_that_wait():
    batches: list[list[int]] = []

    def handle(batch: list[int]) -> None:
        batches.append(batch)
        if len(batches) == 1:
            # Nobody is refused because of those who are not urgent, and they keep their order.
            assert [gatherer.add(number, is_urgent=True) for number in (1_000, 1_001)] == [True, True]

    gatherer: Gatherer[int] = Gatherer(handle, limit=300)
    assert [gatherer.add(number) for number in range(301)] == [True] * 300 + [False]
    wait_until(lambda: not len(gatherer), what="all were handled")
    assert batches[1][:3] == [1_000, 1_001, 100]
    assert [number for batch in batches for number in batch if number < 1_000] == list(range(300))


def test_more_than_can_wait_is_refused():
    gatherer: Gatherer[int] = Gatherer(lambda batch: None, limit=3)
    assert [gatherer.add(number) for number in range(5)] == [True, True, True, False, False]
    wait_until(lambda: not len(gatherer), what="all were handled")
    assert gatherer.add(5)


def test_a_batch_that_fails_does_not_stop_the_next():
    handled: list[int] = []

    def handle(batch: list[int]) -> None:
        if 0 in batch:
            raise ValueError
        handled.extend(batch)

    gatherer: Gatherer[int] = Gatherer(handle)
    gatherer.add(0)
    wait_until(lambda: not len(gatherer), what="the first was handled")
    gatherer.add(1)
    wait_until(lambda: handled == [1], what="the second was handled")


def test_a_crew_is_bounded_and_keeps_the_order():
    begun: list[int] = []
    gate = gevent.event.Event()
    crew = Crew(lambda number: (begun.append(number), gate.wait()), size=2)
    for number in range(5):
        crew.add(number)
    wait_until(lambda: len(begun) == 2, what="two have begun")
    assert len(crew) == 5
    gate.set()
    wait_until(lambda: not len(crew), what="all are done")
    assert begun == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("page_bytes", "late_seconds", "slept"),
    [
        (LARGE_BYTES, 2 * LATE_SECONDS, [0, 2 * REST_RATIO * LATE_SECONDS]),
        (LARGE_BYTES, 10.0, [0, REST_SECONDS]),
        (LARGE_BYTES, LATE_SECONDS / 2, [0]),
        (LARGE_BYTES - 1, 10.0, []),
    ],
)
def test_a_crew_rests_after_a_large_page_while_the_loop_is_late(monkeypatch, page_bytes, late_seconds, slept):
    times, rests = iter((0.0, late_seconds)), []
    monkeypatch.setattr("imserver.transports.arrivals.gevent.sleep", rests.append)
    Crew(print, clock=lambda: next(times)).rest_after(page_bytes)
    assert rests == slept
