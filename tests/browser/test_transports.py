"""The widget finds the best way to the server by itself, and talks over whichever it is."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.gateway import Gateway
from tests.browser.messenger import Messenger
from tests.browser.person import Person, meet

Sit = Callable[..., Person]
TYPING = "\u2068Bob\u2069 is typing…"
# A way that swallows what is sent is given 6 s.
SILENCE_MS = 20_000
ALL = "ws sse poll"


def reasons(report: dict[str, object]) -> dict[str, str]:
    """Why each better transport is not used."""
    passed_over = report["passed_over"]
    assert isinstance(passed_over, list)
    return {one["transport"]: one["reason"] for one in passed_over}


@pytest.mark.parametrize("transport", ["ws", "sse", "poll"])
def test_two_members_talk_over_each_transport(sit_down: Sit, gateway: Gateway, transport: str) -> None:
    ada, bob = meet(sit_down, via=gateway.url, transports=transport)
    for window in (ada, bob):
        window.connected(transport)
    for number in range(5):
        ada.say("Bob", f"ada {number}")
        bob.say("Ada", f"bob {number}")
    for window, other in ((ada, "Bob"), (bob, "Ada")):
        window.expect_settled(other)
        expect(window.log(other).locator(".text")).to_have_count(11)
    assert ada.said("Bob") == bob.said("Ada")
    assert ada.complaints == []


@pytest.mark.parametrize("transport", ["ws", "sse", "poll"])
def test_typing_is_shown_and_ends_with_the_message(sit_down: Sit, gateway: Gateway, transport: str) -> None:
    ada, bob = meet(sit_down, via=gateway.url, transports=transport)
    for window in (ada, bob):
        window.connected(transport)
    puts: list[Any] = []
    bob.page.on("request", lambda asked: asked.url.endswith("/typing") and puts.append(asked.post_data_json))
    line = ada.chat("Bob").get_by_text(TYPING)
    bob.box("Ada").press_sequentially("hi")
    expect(line).to_be_visible()
    # It stands where the status stands, and is not read out.
    expect(ada.frame.locator("[aria-live=polite]")).to_have_text("")
    bob.box("Ada").press("Enter")
    ada.expect_said("Bob", ["hello", "hi"])
    expect(line).to_have_count(0)
    # Only where there is no socket is it told by requests of its own.
    told = [] if transport == "ws" else [{"typing": True}, {"typing": False}]
    assert puts == told


def test_typing_that_is_broken_off_ends_by_itself(sit_down: Sit, gateway: Gateway) -> None:
    ada, bob = meet(sit_down, via=gateway.url, transports="ws")
    for window in (ada, bob):
        window.connected("ws")
    line = ada.chat("Bob").get_by_text(TYPING)
    bob.box("Ada").press_sequentially("never sent")
    expect(line).to_be_visible()
    # Nobody is told that it is over.
    bob.page.context.set_offline(True)
    expect(line).to_have_count(0)


def test_a_websocket_is_what_it_takes_first(sit_down: Sit, gateway: Gateway) -> None:
    report = sit_down("ada", via=gateway.url, transports=ALL).window.connected()
    assert report["transport"] == "ws"
    assert report["passed_over"] == []
    assert report["reconnects"] == 0


def test_where_upgrades_are_refused_it_reads_a_stream(sit_down: Sit, gateway: Gateway) -> None:
    gateway.refuses_upgrades = True
    ada, bob = meet(sit_down, via=gateway.url, transports=ALL)
    report = ada.connected("sse")
    assert "handshake failed" in reasons(report)["ws"]
    bob.say("Ada", "over a stream")
    ada.expect_said("Bob", ["hello", "over a stream"])
    assert gateway.upgrades >= 2


def test_where_upgrades_are_swallowed_it_reads_a_stream(sit_down: Sit, gateway: Gateway) -> None:
    gateway.swallows_upgrades = True
    ada = sit_down("ada", via=gateway.url, transports=ALL).window
    report = ada.connected("sse", patience_ms=SILENCE_MS)
    assert reasons(report)["ws"] == "no welcome within 6 s"


def test_where_streams_are_held_back_too_it_polls(sit_down: Sit, gateway: Gateway) -> None:
    gateway.refuses_upgrades = gateway.buffers_streams = True
    ada = sit_down("ada", via=gateway.url, transports=ALL).window
    report = ada.connected("poll", patience_ms=SILENCE_MS)
    assert reasons(report)["sse"] == "nothing came within 6 s"
    bob = sit_down("bob").window
    bob.open_chat("Ada")
    bob.say("Ada", "by post")
    ada.open_panel()
    ada.row("Conversations", "Bob").click()
    ada.expect_said("Bob", ["by post"])


def test_a_better_way_is_tried_again_when_the_network_comes_back(sit_down: Sit, gateway: Gateway) -> None:
    gateway.refuses_upgrades = True
    ada, bob = meet(sit_down, via=gateway.url, transports=ALL)
    ada.connected("sse")
    gateway.refuses_upgrades = False
    ada.page.context.set_offline(True)
    ada.page.context.set_offline(False)
    assert ada.connected("ws")["passed_over"] == []
    bob.say("Ada", "welcome back")
    ada.expect_said("Bob", ["hello", "welcome back"])


def test_a_server_that_is_down_does_not_make_it_fall_back(
    sit_down: Sit, gateway: Gateway, messenger: Messenger
) -> None:
    ada = sit_down("ada", via=gateway.url, transports=ALL).window
    ada.connected("ws")
    seen = gateway.upgrades
    messenger.crash()
    try:
        expect(ada.bar).to_contain_text("Reconnecting…")
        assert ada.examine()["transport"] == "ws"
    finally:
        messenger.start()
    assert ada.connected("ws", patience_ms=SILENCE_MS)["reconnects"] == 1
    assert gateway.upgrades > seen + 1


def test_a_line_that_is_cut_again_and_again_costs_no_message(sit_down: Sit, gateway: Gateway) -> None:
    ada, bob = meet(sit_down, via=gateway.url, transports=ALL)
    said = []
    for number in range(12):
        ada.say("Bob", f"ada {number}")
        bob.say("Ada", f"bob {number}")
        said += [f"ada {number}", f"bob {number}"]
        if number % 3 == 1:
            gateway.cut()
    for window, other in ((ada, "Bob"), (bob, "Ada")):
        window.expect_settled(other)
        expect(window.log(other).locator(".text")).to_have_count(1 + len(said))
    assert ada.said("Bob") == bob.said("Ada")
    for name in ("ada", "bob"):
        assert [text for text in ada.said("Bob") if text.startswith(name)] == [
            text for text in said if text.startswith(name)
        ]
    assert ada.connected()["transport"] == "ws"


def test_the_page_may_allow_some_transports_only(sit_down: Sit, gateway: Gateway) -> None:
    ada = sit_down("ada", via=gateway.url, transports="poll, sse")
    report = ada.window.connected("sse")
    assert reasons(report) == {"ws": "the page does not allow it"}
    again = {"site": ada.club.site, "token": ada.club.token("ada"), "transports": ["poll"]}
    ada.window.page.evaluate("options => im('boot', options)", again)
    expect(ada.window.bar).to_be_visible()
    ada.window.connected("poll")
