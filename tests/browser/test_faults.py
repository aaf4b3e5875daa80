"""Nothing is lost, doubled or out of order, whatever breaks."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Route, expect

from tests.browser.gateway import Gateway
from tests.browser.messenger import Messenger
from tests.browser.person import Person, Window, meet

Sit = Callable[..., Person]

KILL_EVERY_SECONDS = 2.0
TYPING_SECONDS = 12.0
# A client that has waited for long asks again after 15 s at the latest.
LONGEST_PAUSE_MS = 20_000


@contextmanager
def killing(messenger: Messenger) -> Iterator[None]:
    """Kill the workers again and again while the block runs."""
    over = threading.Event()

    def kill() -> None:
        while not over.wait(KILL_EVERY_SECONDS):
            messenger.kill_worker()

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("transport", ["ws", "poll"])
def test_both_type_while_the_worker_is_killed_every_two_seconds(
    sit_down: Sit, gateway: Gateway, messenger: Messenger, transport: str
) -> None:
    ada, bob = meet(sit_down, via=gateway.url, transports=transport)
    for window in (ada, bob):
        window.connected(transport)
    said: dict[str, list[str]] = {"ada": [], "bob": []}
    with killing(messenger):
        end = time.monotonic() + TYPING_SECONDS
        while time.monotonic() < end:
            for name, window, other in (("ada", ada, "Bob"), ("bob", bob, "Ada")):
                text = f"{name} {len(said[name])}"
                window.say(other, text)
                said[name].append(text)
            time.sleep(0.1)
    for window, other in ((ada, "Bob"), (bob, "Ada")):
        window.expect_settled(other)
        expect(window.log(other).locator(".text")).to_have_count(1 + sum(map(len, said.values())))
    assert ada.said("Bob") == bob.said("Ada")
    for name, texts in said.items():
        assert [text for text in ada.said("Bob") if text.startswith(name)] == texts


def test_streams_resume_after_the_server_was_killed(sit_down: Sit, messenger: Messenger) -> None:
    ada, bob = meet(sit_down, transports="sse")
    said = ["hello"]
    for strike in range(2):
        for window in (ada, bob):
            window.connected("sse", patience_ms=LONGEST_PAUSE_MS)
        ada.say("Bob", f"seen off {strike}")
        messenger.crash()
        try:
            ada.say("Bob", f"into the void {strike}")
        finally:
            messenger.start()
        said += [f"seen off {strike}", f"into the void {strike}"]
        bob.expect_said("Ada", said, patience_ms=LONGEST_PAUSE_MS)
        ada.expect_settled("Bob")
        ada.expect_said("Bob", said)
    bob.say("Ada", "still here")
    for window, other in ((ada, "Bob"), (bob, "Ada")):
        window.expect_said(other, [*said, "still here"])
        assert window.connected("sse")["reconnects"] >= 2


def test_a_message_written_offline_arrives_when_the_network_is_back(pair: tuple[Window, Window]) -> None:
    ada, bob = pair
    ada.page.context.set_offline(True)
    ada.say("Bob", "written in the tunnel")
    expect(ada.log("Bob").locator("[data-mark=pending]")).to_have_count(1)
    banner = ada.frame.get_by_role("status").filter(has_text="Reconnecting…")
    expect(banner).to_be_visible()
    bob.say("Ada", "said meanwhile")
    bob.expect_settled("Ada")
    ada.page.context.set_offline(False)
    bob.expect_said("Ada", ["hello", "said meanwhile", "written in the tunnel"])
    ada.expect_said("Bob", ["hello", "said meanwhile", "written in the tunnel"])
    expect(banner).to_have_count(0)


def test_the_outbox_survives_a_reload_while_the_server_is_down(
    pair: tuple[Window, Window], messenger: Messenger
) -> None:
    ada, bob = pair
    messenger.crash()
    try:
        ada.say("Bob", "first")
        ada.say("Bob", "second")
        expect(ada.log("Bob").locator("[data-mark=pending]")).to_have_count(2)
    finally:
        ada.page.goto("about:blank")
        messenger.start()
    ada.page.go_back()
    ada.expect_said("Bob", ["hello", "first", "second"])
    ada.expect_settled("Bob")
    bob.expect_said("Ada", ["hello", "first", "second"])


def test_a_refused_message_is_marked_and_may_be_deleted_or_retried(
    pair_by_post: tuple[Window, Window],
) -> None:
    ada, bob = pair_by_post

    def refuse(route: Route) -> None:
        body = '{"error": {"code": "invalid_text", "message": "no"}}'
        route.fulfill(status=400, content_type="application/json", body=body)

    sends = "**/v1/conversations/*/messages"
    ada.page.route(sends, refuse)
    ada.say("Bob", "bad")
    ada.say("Bob", "worse")
    failed = ada.log("Bob").locator("[data-mark=failed]")
    expect(failed).to_have_count(2)
    ada.page.unroute(sends)
    failed.filter(has_text="bad").get_by_role("button", name="Delete").click()
    expect(failed).to_have_count(1)
    failed.get_by_role("button", name="Retry").click()
    bob.expect_said("Ada", ["hello", "worse"])
    ada.expect_settled("Bob")


def test_a_lost_answer_does_not_double_the_message(pair_by_post: tuple[Window, Window]) -> None:
    ada, bob = pair_by_post
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().text())
        route.abort()

    ada.page.route("**/v1/conversations/*/messages", lose)
    ada.say("Bob", "once")
    bob.expect_said("Ada", ["hello", "once"])
    ada.expect_settled("Bob")
    ada.expect_said("Bob", ["hello", "once"])
    assert len(lost) == 1


def test_a_database_restored_from_a_backup_is_noticed(
    pair: tuple[Window, Window], messenger: Messenger
) -> None:
    ada, bob = pair
    messenger.stop()
    messenger.back_up()
    messenger.start()
    ada.say("Bob", "after the backup")
    bob.expect_said("Ada", ["hello", "after the backup"], patience_ms=LONGEST_PAUSE_MS)
    ada.expect_settled("Bob")
    messenger.crash()
    messenger.restore()
    messenger.start()
    for window, other in ((ada, "Bob"), (bob, "Ada")):
        window.expect_said(other, ["hello"], patience_ms=LONGEST_PAUSE_MS)
    bob.say("Ada", "after the restore")
    for window, other in ((ada, "Bob"), (bob, "Ada")):
        window.expect_said(other, ["hello", "after the restore"])
