"""Long polls: looks and hints that cross each other lose nothing and tell nothing twice."""

from collections.abc import Iterator

import gevent
import pytest
from gevent.event import Event

from imserver.errors import InvalidCursor, NotFound, Unavailable
from imserver.presence import Change
from imserver.protocol.cursor import START, Cursor
from imserver.protocol.types import Poll, Presence, ResetReason
from imserver.router import BEST_EFFORT, Letter
from imserver.store.log import BYTES_PER_ANSWER
from imserver.store.values import Session
from imserver.transports.poll import FULL_RETRY_MS
from tests.services import wait_until
from tests.unit.poll_desk import ADA, BOB, POLL_SECONDS, Desk, texts

TYPING = Letter(BEST_EFFORT, 0, b'{"type":"typing","text":"..."}')


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.close()


# -- looking


def test_news_is_answered_at_once(desk):
    desk.log.append("one")
    desk.log.append("two")
    answer = desk.poll(desk.peer())
    assert texts(answer) == ["one", "two"]
    assert answer[1]["cursor"] == str(desk.log.head())
    assert desk.is_empty()


def test_a_quiet_poll_is_parked_without_a_greenlet(desk):
    peer = desk.park()
    assert peer.fd in desk.lot
    assert len(desk.transport) == 1
    assert not peer.has_more()


def test_an_event_between_registering_and_looking_is_in_the_answer(desk):
    desk.log.before_head = lambda: desk.commit("in between")
    assert texts(desk.poll(desk.peer())) == ["in between"]


def test_an_event_while_the_head_is_read_makes_it_look_again(desk):
    def land() -> None:
        desk.commit("in between")
        gevent.sleep(0)

    desk.log.after_head = land
    assert texts(desk.poll(desk.peer())) == ["in between"]


def test_an_event_between_looking_and_parking_is_delivered(desk):
    peer = desk.peer()
    peer.when_taken = lambda: desk.commit("in between")
    assert desk.poll(peer) is None
    assert texts(peer.answer()) == ["in between"]


def test_a_poll_that_does_not_wait_is_answered_at_once(desk):
    assert texts(desk.poll(desk.peer(), wait=False)) == []
    assert desk.is_empty()


def test_a_reset_says_why_and_keeps_the_cursor(desk):
    desk.log.reset = ResetReason.AHEAD
    status, body = desk.poll(desk.peer(), cursor=Cursor(9, 9))
    assert (status, body["reset"], body["cursor"]) == (200, "ahead", str(Cursor(9, 9)))
    assert desk.is_empty()


@pytest.mark.parametrize("error", [Unavailable, NotFound])
def test_a_look_that_fails_leaves_nothing_behind(desk, error):
    def fail() -> None:
        raise error

    desk.log.before_head = fail
    with pytest.raises(error):
        desk.poll(desk.peer())
    assert desk.is_empty()


def test_a_cursor_that_is_none_is_refused_before_anything_is_registered(desk):
    with pytest.raises(InvalidCursor):
        desk.transport.poll(
            Session(*ADA, b"s1", "", 0), Poll(token="", cursor="x"), origin=None, takeover=None
        )
    assert desk.is_empty()


def test_a_full_lot_answers_at_once_and_asks_to_come_back_later(desk):
    desk.transport = desk.build(POLL_SECONDS, capacity=1)
    desk.park()
    _, body = desk.poll(desk.peer(), session="s2")
    assert FULL_RETRY_MS[0] <= body["retry_ms"] <= FULL_RETRY_MS[1]
    assert len(desk.transport) == 1


# -- parked


def test_an_event_is_written_to_the_parked_socket_which_then_goes_home(desk):
    peer = desk.park()
    desk.commit("hello")
    assert texts(peer.answer()) == ["hello"]
    assert desk.home.given_back == [peer.fd]
    assert desk.is_empty()


def test_a_connection_that_may_not_stay_is_closed_after_its_answer(desk):
    peer = desk.peer(keep_alive=False)
    desk.poll(peer)
    desk.commit("hello")
    assert texts(peer.answer()) == ["hello"]
    assert peer.socket.recv(1) == b""


def test_both_devices_of_a_person_are_told(desk):
    phone, other = desk.park(session="phone"), desk.park(session="desk")
    desk.commit("hello")
    assert texts(phone.answer()) == texts(other.answer()) == ["hello"]


def test_one_device_that_has_it_already_does_not_hold_the_other_up(desk):
    desk.log.append("one")
    ahead, behind = desk.park(session="phone"), desk.peer()
    # The sweep has not come by yet: this one stands before the event, and was parked before it.
    desk.log.letters, kept = [], desk.log.letters
    desk.poll(behind, session="desk", cursor=START)
    desk.log.letters = kept
    desk.router.send(ADA, kept[0])
    assert texts(behind.answer()) == ["one"]
    assert not ahead.has_more()
    desk.commit("two")
    assert texts(ahead.answer()) == ["two"]


def test_an_event_that_no_log_keeps_is_told_to_those_who_wait(desk):
    peer = desk.park()
    desk.router.send(ADA, TYPING)
    status, body = peer.answer()
    assert (status, body["events"][0]["type"], body["cursor"]) == (200, "typing", str(START))


@pytest.mark.parametrize("moment", ["before_head", "after_head", "before_backlog", "after_backlog"])
def test_what_no_log_keeps_is_told_when_it_comes_while_the_log_is_read(desk, moment):
    desk.log.append("one")
    setattr(desk.log, moment, lambda: desk.router.send(ADA, TYPING))
    assert texts(desk.poll(desk.peer())) == ["one", "..."]


def test_what_no_log_keeps_is_told_when_a_look_finds_nothing_else(desk):
    desk.log.before_head = lambda: desk.router.send(ADA, TYPING)
    assert texts(desk.poll(desk.peer())) == ["..."]


def test_what_no_log_keeps_is_told_when_it_comes_while_a_waiting_poll_reads(desk):
    peer = desk.park()
    desk.log.after_backlog = lambda: desk.router.send(ADA, TYPING)
    desk.router.send(ADA, Letter(2, 14, b"{}", 99))
    assert texts(peer.answer()) == ["..."]


def test_what_no_log_keeps_waits_for_a_client_between_two_polls(desk):
    peer = desk.park()
    first = desk.commit("one")
    assert texts(peer.answer()) == ["one"]
    desk.router.send(ADA, TYPING)
    peer = desk.peer()
    answer = desk.poll(peer, cursor=Cursor(first.useq, first.tag))
    assert texts(answer or peer.answer()) == ["..."]


def test_a_gap_is_filled_from_the_log(desk):
    peer = desk.park()
    desk.log.append("its hint was lost")
    desk.commit("its hint arrived")
    assert texts(peer.answer()) == ["its hint was lost", "its hint arrived"]
    assert desk.log.backlog_reads == 1


def test_more_than_an_answer_may_hold_is_read_from_the_log(desk):
    peer = desk.park()
    for _ in range(3):
        desk.commit("x" * (BYTES_PER_ANSWER // 2))
    peer.answer()
    assert desk.log.backlog_reads == 1


def test_a_wait_that_is_over_is_answered_with_nothing(desk):
    peer = desk.park()
    desk.clock.now += POLL_SECONDS[0] - 1
    desk.lot.expire()
    assert not peer.has_more()
    desk.clock.now += POLL_SECONDS[1]
    desk.lot.expire()
    assert texts(peer.answer()) == []
    assert desk.is_empty()


def test_a_wait_that_ends_while_the_log_is_read_is_answered_once(desk):
    peer, reading = desk.park(), Event()
    desk.log.before_backlog = reading.wait
    desk.log.append("lost hint")
    desk.commit("gap")
    wait_until(lambda: desk.log.backlog_reads)
    desk.clock.now += POLL_SECONDS[1] + 1
    desk.lot.expire()
    assert texts(peer.answer()) == []
    reading.set()
    assert not peer.has_more()
    assert desk.home.given_back == [peer.fd]


def test_an_event_that_lands_while_the_log_is_read_is_not_missed(desk):
    peer = desk.park()

    def land() -> None:
        desk.commit("in between")
        gevent.sleep(0)

    desk.log.after_backlog = land
    next(iter(desk.router.waiters()))[1].read_log()
    assert texts(peer.answer()) == ["in between"]


def test_the_sweep_answers_what_the_database_could_not(desk):
    def fail() -> None:
        raise Unavailable

    peer = desk.park()
    desk.log.before_backlog = fail
    desk.log.append("lost hint")
    desk.commit("gap")
    wait_until(lambda: desk.log.backlog_reads)
    assert not peer.has_more()
    assert len(desk.transport) == 1
    for _, waiter in desk.router.waiters():
        waiter.read_log()
    assert texts(peer.answer()) == ["lost hint", "gap"]


def test_a_restored_database_resets_a_poll_that_waits(desk):
    desk.log.append("one")
    peer = desk.park()
    desk.log.reset = ResetReason.TAG
    desk.router.send(ADA, Letter(2, 14, b"{}", after_tag=99))
    status, body = peer.answer()
    assert (status, body["reset"], body["events"]) == (200, "tag", [])


# -- presence


def change(presence: Presence) -> Change:
    return Change(BOB, presence, "")


def test_a_change_of_somebody_on_the_screen_is_told(desk):
    desk.changes.append([change(Presence.ONLINE)])
    peer = desk.park(watch=["bob"], presence=desk.watching.mark)
    desk.changes.append([change(Presence.DND)])
    for waiter in list(desk.router.watchers(BOB)):
        waiter.on_presence([change(Presence.DND)])
    _, body = peer.answer()
    assert body["events"][0]["changes"] == [{"user_id": "bob", "presence": "dnd", "status_text": ""}]
    assert desk.watching.opened(body["presence"]) == desk.changes.mark
    assert list(desk.router.watchers(BOB)) == []


def test_what_changed_between_two_polls_is_told_by_the_mark(desk):
    mark = desk.watching.mark
    desk.changes.append([change(Presence.DND), change(Presence.ONLINE)])
    _, body = desk.poll(desk.peer(), watch=["bob"], presence=mark)
    assert body["events"][0]["changes"] == [{"user_id": "bob", "presence": "away", "status_text": "lunch"}], (
        "the log of changes says of whom, the database what"
    )
    assert desk.poll(desk.peer(), watch=["bob"], presence=body["presence"]) is None


@pytest.mark.parametrize("mark", ["", "another.3", "now.99", "now.x"])
def test_a_mark_of_another_worker_is_answered_with_what_everybody_is(desk, mark):
    _, body = desk.poll(desk.peer(), watch=["bob", "nobody"], presence=mark)
    assert body["events"][0]["changes"] == [{"user_id": "bob", "presence": "away", "status_text": "lunch"}]
    assert desk.watching.opened(body["presence"]) == desk.changes.mark


# -- without takeover


@pytest.mark.parametrize("takeover", ["none", "impossible"])
def test_a_blocking_poll_is_answered_by_an_event(desk, takeover):
    peer = None if takeover == "none" else desk.peer()
    if peer is not None:
        peer.possible = False
    gevent.spawn_later(0.02, desk.commit, "hello")
    assert texts(desk.poll(peer)) == ["hello"]
    assert desk.is_empty()


def test_a_blocking_poll_is_answered_with_nothing_in_the_end(desk):
    desk.transport = desk.build((0.02, 0.03))
    assert texts(desk.poll(None)) == []
    assert desk.is_empty()


def test_a_blocking_poll_that_is_cut_off_leaves_nothing_behind(desk):
    waiting = gevent.spawn(desk.poll, None)
    wait_until(lambda: len(desk.transport))
    waiting.kill()
    assert desk.is_empty()
