"""Streams: whatever crosses a look, a read or a full socket, each event is told once and in order."""

import os
import socket
from collections.abc import Iterator

import gevent
import pytest
from gevent.event import Event

from imserver.errors import Unavailable
from imserver.protocol.closing import REPLACED
from imserver.protocol.cursor import START, Cursor
from imserver.protocol.types import ResetReason
from imserver.router import BEST_EFFORT, Letter
from imserver.transports.outbox import FULL_BYTES
from tests.services import wait_until
from tests.unit.poll_desk import ADA
from tests.unit.stream_desk import Stage, StreamDesk


@pytest.fixture
def desk() -> Iterator[StreamDesk]:
    desk = StreamDesk()
    yield desk
    desk.close()


# -- beginning


def test_a_stream_is_welcomed_with_its_backlog_and_then_hears_what_happens(desk):
    desk.log.append("one")
    _, listener = desk.open(cursor=START)
    desk.commit("two")
    assert listener.texts() == ["one", "two"]
    assert listener.kinds()[0] == "welcome"


def test_an_idle_stream_costs_no_greenlet_and_no_read_of_the_log(desk):
    stream, listener = desk.open()
    assert stream.stage is Stage.LIVE
    assert len(desk.streams._readers) == 0
    assert desk.log.backlog_reads == 0
    desk.commit("one")
    assert listener.texts() == ["one"]
    assert desk.log.backlog_reads == 0


@pytest.mark.parametrize("moment", ["before_head", "after_head", "before_backlog", "after_backlog"])
@pytest.mark.parametrize("has_backlog", [True, False])
def test_an_event_at_any_moment_of_the_look_is_told_once(desk, moment, has_backlog):
    start = desk.log.head()
    if has_backlog:
        desk.log.append("one")
    setattr(desk.log, moment, lambda: desk.commit("crossing"))
    stream, listener = desk.open(cursor=start)
    if not has_backlog and "backlog" in moment:
        assert listener.texts() == []
        return
    wait_until(lambda: stream.stage is Stage.LIVE)
    desk.commit("last")
    assert listener.texts() == [*(["one"] if has_backlog else []), "crossing", "last"]


def test_an_event_while_the_log_is_read_for_a_lost_hint_is_told_once(desk):
    stream, listener = desk.open()
    desk.log.append("lost")
    desk.log.after_backlog = lambda: desk.commit("while reading")
    stream.read_log()
    wait_until(lambda: stream.stage is Stage.LIVE)
    desk.commit("last")
    assert listener.texts() == ["lost", "while reading", "last"]


def test_what_the_database_cannot_say_leaves_nothing_behind(desk):
    def fail() -> None:
        raise Unavailable

    desk.log.before_head = fail
    stream, listener = desk.admit()
    with pytest.raises(Unavailable) as caught:
        desk.begin(stream)
    desk.streams.refuse(stream, caught.value)
    assert listener.kinds() == ["error", 1013]
    assert listener.is_ended
    assert desk.is_empty()


def test_a_stream_that_left_before_its_turn_is_not_registered(desk):
    stream, listener = desk.admit()
    desk.streams.hear_hello(stream)
    listener.socket.close()
    wait_until(lambda: stream.stage is Stage.DONE)
    desk.begin(stream)
    assert desk.is_empty()


def test_a_stream_that_leaves_during_the_look_is_forgotten(desk):
    stream, listener = desk.admit()
    desk.log.before_head = lambda: (listener.socket.close(), wait_until(lambda: stream.stage is Stage.DONE))
    desk.begin(stream)
    assert desk.is_empty()


def test_who_says_nothing_is_told_that_this_is_not_the_protocol(desk):
    _, listener = desk.admit()
    desk.clock.now += 7
    desk.lot.expire()
    assert listener.frames() == [4400]
    assert desk.is_empty()


def test_who_waits_long_for_an_answer_to_its_hello_may_come_back(desk):
    stream, listener = desk.admit()
    desk.streams.hear_hello(stream)
    desk.clock.now += 7
    desk.lot.expire()
    assert listener.frames() == []
    desk.clock.now += 10
    desk.lot.expire()
    assert listener.frames() == [1013]
    assert desk.is_empty()


def test_a_proxy_on_the_same_box_may_come_over_tcp_or_a_unix_socket(desk):
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        peer, _ = server.accept()
    stream = desk.streams.admit(peer.detach(), origin=None, seconds=5.0)
    tuned = socket.socket(fileno=os.dup(stream.fd))
    assert tuned.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    tuned.close()
    client.close()
    assert desk.open()[0].stage is Stage.LIVE


# -- silence


def test_a_peer_that_does_not_answer_is_forgotten_within_a_minute(desk):
    _, listener = desk.open()
    for _ in range(60):
        desk.clock.now += 1
        desk.lot.expire()
        listener.listen()
    assert listener.kinds() == ["welcome", "ping"]
    assert listener.is_ended
    assert desk.is_empty()


def test_a_peer_that_answers_stays(desk):
    stream, listener = desk.open()
    for _ in range(20):
        desk.clock.now += 10
        desk.lot.expire()
        listener.say(b"\x8a\x80mask")
        wait_until(lambda: not stream.is_pinged)
    assert listener.kinds().count("ping") >= 5
    assert stream.stage is Stage.LIVE


def test_a_stream_of_server_sent_events_is_kept_by_comments_alone(desk):
    streams = desk.build_sse()
    stream, listener = desk.open(streams=streams)
    for _ in range(20):
        desk.clock.now += 10
        desk.lot.expire()
    assert stream.stage is Stage.LIVE
    assert listener.listen().count(b":\n\n") >= 5


def test_what_the_peer_of_server_sent_events_sends_is_ignored(desk):
    stream, listener = desk.open(streams=desk.build_sse())
    listener.say(b"GET / HTTP/1.1\r\n\r\n" * 1_000)
    desk.commit("one")
    wait_until(lambda: b'"text":"one"' in listener.listen())
    assert stream.stage is Stage.LIVE


# -- one connection of each session


@pytest.mark.parametrize("is_sse", [False, True])
def test_a_newer_stream_takes_the_place_of_the_older_one(desk, is_sse):
    _, older = desk.open()
    stream, newer = desk.open(streams=desk.build_sse() if is_sse else desk.streams)
    assert older.frames()[1]["error"]["code"] == "replaced"
    assert older.frames()[2] == REPLACED.code
    desk.commit("one")
    wait_until(lambda: b'"one"' in newer.listen())
    assert "one" not in older.texts()
    assert stream.stage is Stage.LIVE


def test_a_stream_that_was_cut_off_does_not_supersede_the_one_that_overtook_it(desk):
    newer, listener = desk.open()
    older, cut_off = desk.admit()
    cut_off.socket.close()
    desk.begin(older)
    assert older.stage is Stage.DONE
    assert newer.stage is Stage.LIVE
    assert listener.kinds() == ["welcome"]


def test_a_stream_that_is_replaced_while_it_looks_says_no_more(desk):
    desk.log.after_head = lambda: desk.open()
    _, listener = desk.open(cursor=START)
    assert listener.kinds() == ["error", 4409]


def test_the_end_of_a_session_ends_its_stream(desk):
    _, listener = desk.open()
    desk.sessions.end_session(b"s1")
    assert [f if isinstance(f, int) else f["type"] for f in listener.frames()] == ["welcome", "error", 4401]
    assert desk.is_empty()


def test_a_stopping_worker_says_bye_to_all_and_to_those_who_still_come(desk):
    _, here = desk.open()
    late, listener = desk.admit()
    desk.streams.drain(0.1)
    desk.begin(late, session="s2")
    for end in (here, listener):
        assert end.frames()[-1] == 1012
        assert 100 <= end.frames()[-2]["retry_ms"] <= 1_500
    assert desk.is_empty()


# -- slow peers


def test_a_peer_that_does_not_read_gets_the_rest_from_the_log_when_it_does(desk):
    stream, listener = desk.open(buffer_bytes=4_096)
    texts = [f"{number} {'x' * 1_000}" for number in range(200)]
    for text in texts:
        desk.commit(text)
        gevent.sleep(0)
    assert stream.stage is Stage.FULL
    assert desk.outbox.waiting_bytes <= 2 * FULL_BYTES
    wait_until(lambda: len(_whole_texts(listener)) == len(texts))
    assert _whole_texts(listener) == texts
    assert stream.stage is Stage.LIVE


def _whole_texts(listener) -> list[str]:
    try:
        return listener.texts()
    except (AssertionError, IndexError, ValueError):
        return []


def test_more_than_enough_in_one_turn_that_is_written_at_once_stops_nobody(desk):
    stream, listener = desk.open()
    desk.commit("x" * FULL_BYTES)
    desk.commit("y" * FULL_BYTES)
    listener.listen()
    wait_until(lambda: stream.stage is Stage.LIVE)
    desk.commit("after")
    wait_until(lambda: "after" in listener.texts())


def test_a_second_device_hears_everything_while_the_first_reads_nothing(desk):
    slow, _ = desk.open(buffer_bytes=4_096)
    for _ in range(100):
        desk.commit("x" * 1_000)
        gevent.sleep(0)
    assert slow.stage is Stage.FULL
    # The look takes so long that the hub goes round meanwhile.
    desk.log.after_head = lambda: gevent.sleep(0.001)
    quick, listener = desk.open(session="s2")
    assert quick.stage is Stage.LIVE
    desk.commit("hello")
    assert listener.texts() == ["hello"]


def test_a_slow_peer_is_closed_and_its_cursor_says_where_to_go_on(desk):
    _, listener = desk.open(buffer_bytes=4_096)
    desk.commit("x" * 300_000)
    wait_until(lambda: listener.listen() and listener.is_ended)
    assert desk.is_empty()


# -- resets


def test_a_reset_stops_everything_until_the_client_has_read_the_state(desk):
    desk.log.append("one")
    desk.log.reset = ResetReason.BEHIND
    stream, listener = desk.open(cursor=START)
    desk.commit("two")
    assert listener.kinds() == ["welcome", "reset"]
    assert stream.stage is Stage.STOPPED
    desk.log.reset = None
    desk.streams.resume(stream, desk.log.head())
    desk.commit("three")
    assert listener.kinds()[2:] == ["welcome", "typing"]
    assert listener.texts() == ["three"]


def test_resuming_what_was_not_stopped_changes_nothing(desk):
    stream, listener = desk.open()
    desk.commit("one")
    listener.listen()
    desk.streams.resume(stream, START)
    desk.commit("two")
    assert listener.texts() == ["one", "two"]


def test_a_reset_ends_a_stream_that_nobody_can_resume(desk):
    desk.log.append("one")
    desk.log.reset = ResetReason.TAG
    _, listener = desk.open(streams=desk.build_sse(), cursor=START)
    assert b'event: reset\ndata: {"reason":"tag"}\n\n' in listener.listen()
    assert listener.is_ended
    assert desk.is_empty()


# -- what only memory has


def test_a_fleeting_event_is_told_to_those_who_are_live(desk):
    _, listener = desk.open()
    desk.router.send(ADA, Letter(BEST_EFFORT, 0, b'{"type":"typing.started"}'))
    assert listener.kinds() == ["welcome", "typing.started"]


@pytest.mark.parametrize("moment", ["before_head", "after_head", "before_backlog", "after_backlog"])
def test_a_fleeting_event_that_crosses_a_look_is_told_once(desk, moment):
    start = desk.log.head()
    desk.log.append("one")
    typing = Letter(BEST_EFFORT, 0, b'{"type":"typing.started"}')
    setattr(desk.log, moment, lambda: desk.router.send(ADA, typing))
    stream, listener = desk.open(cursor=start)
    wait_until(lambda: stream.stage is Stage.LIVE)
    desk.commit("two")
    assert listener.kinds() == ["welcome", "typing", "typing.started", "typing"]


def test_a_hint_out_of_order_leads_to_the_log(desk):
    _, listener = desk.open()
    desk.log.append("one")
    desk.commit("two")
    wait_until(lambda: listener.texts() == ["one", "two"])
    assert desk.log.backlog_reads >= 1


def test_a_log_that_cannot_be_read_is_read_again_by_the_next_sweep(desk):
    def fail() -> None:
        raise Unavailable

    stream, listener = desk.open()
    desk.log.append("one")
    desk.log.before_backlog = fail
    stream.read_log()
    wait_until(lambda: stream.stage is Stage.LIVE)
    assert listener.texts() == []
    ((_, waiter),) = desk.router.waiters()
    waiter.read_log()
    wait_until(lambda: listener.texts() == ["one"])


def test_a_bug_in_one_stream_does_not_stop_the_readers_of_the_others(desk, caplog):
    def fail() -> None:
        raise RuntimeError("a bug")

    bad, listener = desk.open()
    desk.log.before_backlog = fail
    bad.read_log()
    wait_until(lambda: bad.stage is Stage.DONE)
    assert listener.frames()[-1] == 1013
    assert "a bug" in caplog.text
    assert len(desk.streams._readers) == 0
    assert desk.is_empty()


def test_a_stream_that_ends_while_it_reads_is_told_nothing_more(desk):
    stream, listener = desk.open()
    ended = Event()
    desk.log.append("one")
    desk.log.before_backlog = lambda: (desk.streams.close(stream, REPLACED), ended.set())
    stream.read_log()
    assert ended.wait(5)
    gevent.sleep(0)
    assert listener.texts() == []
    assert desk.is_empty()


def test_a_cursor_survives_being_packed(desk):
    stream, _ = desk.open()
    stream.cursor = Cursor(2**40, 0xFFFFFFFF)
    assert stream.cursor == Cursor(2**40, 0xFFFFFFFF)
