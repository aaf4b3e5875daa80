"""What the widget does with the ways in which a WebSocket can end, or fail to."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.gateway import Gateway
from tests.browser.person import Person, Window
from tests.browser.tap import Frame, Tap

Sit = Callable[..., Person]
NOTE_ERRORS = "window.errors = []; im('on', 'error', (error) => window.errors.push(error.code));"
# A socket that owes an answer is asked after 5 s whether it lives, and given 10 s more.
DEAD_MS = 30_000
A_LONG_WHILE_MS = 600_000


@pytest.fixture
def bob(sit_down: Sit) -> Window:
    window: Window = sit_down("bob").window
    expect(window.bar).to_be_visible()
    return window


@pytest.fixture
def ada(sit_down: Sit, bob: Window, gateway: Gateway) -> Person:
    person: Person = sit_down("ada", via=gateway.url, transports="ws sse poll")
    expect(person.window.bar).to_be_visible()
    return person


@pytest.fixture
def tap(ada: Person) -> Iterator[Tap]:
    tap = Tap(ada)
    ada.window.open_chat("Bob")
    ada.window.say("Bob", "hello")
    ada.window.expect_settled("Bob")
    yield tap
    ada.context.unroute_all(behavior="ignoreErrors")


def answer(bob: Window, text: str) -> None:
    """Let Bob write to Ada."""
    bob.page.evaluate("im('open', {user: 'ada'})")
    bob.say("Ada", text)
    bob.expect_settled("Ada")


def test_sends_read_marks_and_typing_go_over_the_socket(ada: Person, tap: Tap, bob: Window) -> None:
    requests: list[str] = []
    ada.window.page.on("request", lambda request: requests.append(request.url))
    ada.window.expect_said("Bob", ["hello"])
    ada.window.box("Bob").press_sequentially("more")
    ada.window.box("Bob").press("Enter")
    answer(bob, "read me")
    ada.window.expect_said("Bob", ["hello", "more", "read me"])
    ada.window.expect_settled("Bob")
    assert {"hello", "send", "read", "typing"} <= set(tap.kinds())
    assert not [url for url in requests if "/messages" in url or "/read" in url or "/typing" in url]


@pytest.mark.parametrize("code", [1006, 1011, 1012, 4408])
def test_after_a_passing_end_it_goes_on_from_the_cursor(
    ada: Person, tap: Tap, bob: Window, code: int
) -> None:
    # A page cannot send 1006; a socket that is closed without a code is one that broke.
    tap.hang_up(1005 if code == 1006 else code)
    answer(bob, "meanwhile")
    ada.window.expect_said("Bob", ["hello", "meanwhile"])
    assert ada.window.connected("ws")["reconnects"] == 1
    assert ada.window.examine()["transport"] == "ws"


def test_an_ended_session_is_renewed_before_it_connects_again(ada: Person, tap: Tap, bob: Window) -> None:
    with ada.window.page.expect_response("**/v1/sessions") as renewed:
        tap.hang_up(4401)
    assert renewed.value.status == 201
    answer(bob, "who are you?")
    ada.window.expect_said("Bob", ["hello", "who are you?"])
    first, *_, last = [frame["token"] for frame in tap.sent if frame["type"] == "hello"]
    assert first != last


def test_whoever_is_replaced_keeps_quiet(ada: Person, tap: Tap) -> None:
    tap.hang_up(4409)
    report = ada.window.examine()
    assert report["state"] == "waiting"
    assert report["last_trouble"]["reason"] == "replaced"
    # It does not fight for the connection, and does not alarm the person either.
    ada.window.open_panel()
    expect(ada.window.frame.get_by_text("Reconnecting…")).to_have_count(0)
    assert tap.kinds().count("hello") == 1


@pytest.mark.parametrize("code", [4400, 4403])
def test_a_refusal_is_told_and_another_transport_tried(ada: Person, tap: Tap, bob: Window, code: int) -> None:
    ada.window.page.evaluate(NOTE_ERRORS)
    tap.hang_up(code)
    report = ada.window.connected("sse")
    assert str(code) in report["passed_over"][0]["reason"]
    assert ada.window.page.evaluate("window.errors") == ["refused"]
    answer(bob, "by stream")
    ada.window.expect_said("Bob", ["hello", "by stream"])


def test_a_goodbye_says_when_to_come_back(ada: Person, tap: Tap) -> None:
    tap.say({"type": "bye", "retry_ms": A_LONG_WHILE_MS})
    tap.hang_up(1012)
    assert ada.window.examine()["state"] == "waiting"
    assert ada.window.examine()["last_trouble"]["reason"] == "restart"
    ada.window.page.context.set_offline(True)
    ada.window.page.context.set_offline(False)
    ada.window.connected("ws")


def test_a_lost_acknowledgement_does_not_double_the_message(ada: Person, tap: Tap, bob: Window) -> None:
    lost: list[Frame] = []

    def lose(frame: Frame) -> bool:
        if frame["type"] == "ack" and not lost:
            lost.append(frame)
            tap.hang_up(1011)
            return False
        return True

    answer(bob, "ready?")
    tap.deliver = lose
    ada.window.say("Bob", "one")
    ada.window.say("Bob", "two")
    bob.expect_said("Ada", ["hello", "ready?", "one", "two"])
    assert len(lost) == 1
    ada.window.connected("ws")
    ada.window.expect_settled("Bob")
    ada.window.expect_said("Bob", ["hello", "ready?", "one", "two"])


def test_a_refused_message_is_marked(ada: Person, tap: Tap) -> None:
    def refuse(frame: Frame) -> bool:
        if frame["type"] != "send":
            return True
        tap.say({"type": "error", "id": frame["id"], "error": {"code": "invalid_text", "message": "no"}})
        return False

    tap.pass_on = refuse
    ada.window.say("Bob", "bad")
    failed = ada.window.log("Bob").locator("[data-mark=failed]")
    expect(failed).to_have_count(1)
    tap.pass_on = lambda _: True
    failed.get_by_role("button", name="Retry").click()
    ada.window.expect_said("Bob", ["hello", "bad"])
    ada.window.expect_settled("Bob")


def test_an_error_that_passes_is_repeated_with_the_same_id(ada: Person, tap: Tap) -> None:
    refused: list[Frame] = []

    def refuse_once(frame: Frame) -> bool:
        if frame["type"] != "send" or refused:
            return True
        refused.append(frame)
        tap.say(
            {"type": "error", "id": frame["id"], "error": {"code": "outcome_unknown", "message": "again"}}
        )
        return False

    tap.pass_on = refuse_once
    ada.window.say("Bob", "patience")
    ada.window.expect_said("Bob", ["hello", "patience"])
    ada.window.expect_settled("Bob")
    sends = [frame["messages"] for frame in tap.sent if frame["type"] == "send"]
    assert sends[-1] == sends[-2]


def test_a_missing_event_makes_it_ask_again_from_the_cursor(ada: Person, tap: Tap, bob: Window) -> None:
    missed: list[Frame] = []

    def miss_one(frame: Frame) -> bool:
        if frame["type"] == "message.created" and not missed:
            missed.append(frame)
            return False
        return True

    tap.deliver = miss_one
    answer(bob, "lost on the way")
    answer(bob, "found")
    ada.window.expect_said("Bob", ["hello", "lost on the way", "found"])
    assert ada.window.connected("ws")["last_trouble"]["reason"] == "gap"


def test_a_socket_that_is_dead_is_found_out_and_the_message_goes_another_way(
    ada: Person, tap: Tap, bob: Window
) -> None:
    answer(bob, "ready?")
    first = tap.sockets[-1]
    tap.deliver = lambda _: tap.sockets[-1] is not first
    tap.pass_on = lambda _: tap.sockets[-1] is not first
    ada.window.say("Bob", "into the void")
    bob.expect_said("Ada", ["hello", "ready?", "into the void"], patience_ms=DEAD_MS)
    ada.window.expect_settled("Bob")
    assert "ping" in tap.kinds()


def test_after_a_reset_it_reads_the_state_and_resumes(ada: Person, tap: Tap) -> None:
    def welcome(frame: Frame) -> bool:
        if frame["type"] != "resume":
            return True
        tap.say({"type": "welcome", "cursor": frame["cursor"], "presence": ""})
        return False

    tap.pass_on = welcome
    with ada.window.page.expect_response("**/v1/state"):
        tap.say({"type": "reset", "reason": "behind"})
    ada.window.connected("ws")
    assert "resume" in tap.kinds()
    ada.window.say("Bob", "still here")
    ada.window.expect_said("Bob", ["hello", "still here"])
    ada.window.expect_settled("Bob")


def test_typing_is_told_at_most_every_four_seconds_and_ends_when_the_box_is_left(
    ada: Person, tap: Tap
) -> None:
    told = lambda: [frame["typing"] for frame in tap.sent if frame["type"] == "typing"]  # noqa: E731
    before = len(told())
    box = ada.window.box("Bob")
    box.press_sequentially("a long thought, letter by letter")
    box.blur()
    assert len(told()) - before <= 2
    assert told()[-1] is False
