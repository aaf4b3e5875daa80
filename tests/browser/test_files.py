"""People send each other pictures, files and their voice."""

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Route, expect

from tests.browser.conftest import open_chromium
from tests.browser.hosts import Club, Host
from tests.browser.person import DEVICES, TRANSPORTS, Person, Window, meet, wait_until_kept

Sit = Callable[..., Person]
Everywhere = dict[str, Any]
File = dict[str, Any]
MANY_MS = 30_000

DROP = """async (element, [name, type, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, {type}));
  for (const kind of ['dragenter', 'dragover', 'drop'])
    element.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""
PASTE = """async (element, [name, type, bytes]) => {
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([new Uint8Array(bytes)], name, {type}));
  element.dispatchEvent(new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true}));
}"""


def picture(name: str = "sea.png", size: tuple[int, int] = (600, 400), color: str = "navy") -> File:
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": out.getvalue()}


def paper(name: str = "minutes.txt", body: bytes = b"What was said.") -> File:
    return {"name": name, "mimeType": "text/plain", "buffer": body}


def choose(window: Window, name: str, *files: File, button: str = "Add photos or files") -> None:
    """Press the paper clip and choose."""
    with window.page.expect_file_chooser() as chooser:
        window.chat(name).get_by_role("button", name=button).click()
    chooser.value.set_files(list(files))


def tray(window: Window, name: str) -> Locator:
    return window.chat(name).get_by_role("list", name="Files to send")


def send(window: Window, name: str) -> None:
    window.chat(name).get_by_role("button", name="Send", exact=True).click()


def is_drawn(image: Locator) -> bool:
    return bool(image.evaluate("image => image.complete && image.naturalWidth > 0"))


def expect_drawn(image: Locator) -> None:
    """The picture has come and was decoded."""
    expect(image).to_have_attribute("src", re.compile("."))
    image.evaluate("image => image.decode()")
    assert is_drawn(image)


@pytest.fixture
def talk(sit_down: Sit, everywhere: Everywhere) -> tuple[Window, Window]:
    return meet(sit_down, **everywhere)


def test_a_picture_and_a_file_are_chosen_sent_and_seen(talk: tuple[Window, Window]) -> None:
    ada, bob = talk
    choose(ada, "Bob", picture(), paper())
    expect(tray(ada, "Bob").get_by_role("listitem")).to_have_count(2)
    expect(tray(ada, "Bob").get_by_role("progressbar").filter(visible=True)).to_have_count(0)
    ada.say("Bob", "from the trip")
    shown = bob.log("Ada").get_by_role("button", name="Picture sea.png")
    expect(shown).to_be_visible()
    expect_drawn(shown.locator("img"))
    saved = bob.log("Ada").get_by_role("link", name=re.compile(r"Save minutes\.txt, 14 bytes"))
    expect(saved).to_be_visible()
    bob.expect_said("Ada", ["hello", "from the trip"])
    expect(tray(ada, "Bob").get_by_role("listitem")).to_have_count(0)
    ada.expect_settled("Bob")
    expect_drawn(ada.log("Bob").get_by_role("button", name="Picture sea.png").locator("img"))
    assert ada.complaints == bob.complaints == []


def test_a_file_is_saved_under_its_name(talk: tuple[Window, Window]) -> None:
    ada, bob = talk
    choose(ada, "Bob", paper("Protokoll, März.txt", "Grüße".encode()))
    send(ada, "Bob")
    link = bob.log("Ada").get_by_role("link", name=re.compile("Protokoll"))
    with bob.page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "Protokoll, März.txt"
    with open(download.value.path(), "rb") as saved:
        assert saved.read() == "Grüße".encode()


@pytest.mark.parametrize("script", [DROP, PASTE], ids=["dropped", "pasted"])
def test_files_are_dropped_and_pasted(pair: tuple[Window, Window], script: str) -> None:
    ada, bob = pair
    file = picture("shot.png")
    ada.box("Bob").evaluate(script, [file["name"], file["mimeType"], list(file["buffer"])])
    expect(tray(ada, "Bob").get_by_role("listitem", name=re.compile("shot.png"))).to_be_visible()
    send(ada, "Bob")
    expect(bob.log("Ada").get_by_role("button", name="Picture shot.png")).to_be_visible()


@pytest.fixture
def slow(pair: tuple[Window, Window]) -> Iterator[tuple[Window, Window, list[Route]]]:
    """Uploads of ada's wait until the test lets them go."""
    ada, bob = pair
    waiting: list[Route] = []
    ada.page.context.route(re.compile(r"/v1/files\?"), lambda route: waiting.append(route))
    yield ada, bob, waiting
    ada.page.context.unroute(re.compile(r"/v1/files\?"))


def wait_for(window: Window, things: list[Any], count: int) -> None:
    for _ in range(200):
        if len(things) >= count:
            return
        window.page.wait_for_timeout(50)
    raise AssertionError(f"{len(things)} of {count}")


def test_what_is_sent_during_an_upload_keeps_its_order(slow: tuple[Window, Window, list[Route]]) -> None:
    ada, bob, waiting = slow
    choose(ada, "Bob", picture())
    ada.say("Bob", "look at this")
    ada.say("Bob", "nice, isn't it?")
    pending = ada.log("Bob").locator("[data-mark=pending]")
    expect(pending).to_have_count(2)
    expect(pending.first.get_by_role("progressbar")).to_be_visible()
    bob.say("Ada", "still there?")
    ada.expect_said("Bob", ["hello", "still there?", "look at this", "nice, isn't it?"])
    wait_for(ada, waiting, 1)
    waiting[0].continue_()
    bob.expect_said("Ada", ["hello", "still there?", "look at this", "nice, isn't it?"])
    ada.expect_settled("Bob")


def test_an_upload_is_cancelled_and_its_message_can_go(slow: tuple[Window, Window, list[Route]]) -> None:
    ada, bob, waiting = slow
    choose(ada, "Bob", picture())
    wait_for(ada, waiting, 1)
    tray(ada, "Bob").get_by_role("button", name="Remove sea.png").click()
    expect(tray(ada, "Bob").get_by_role("listitem")).to_have_count(0)
    ada.say("Bob", "without it")
    bob.expect_said("Ada", ["hello", "without it"])


def test_an_upload_survives_a_network_that_does_not(slow: tuple[Window, Window, list[Route]]) -> None:
    ada, bob, waiting = slow
    choose(ada, "Bob", picture())
    wait_for(ada, waiting, 1)
    waiting[0].abort()
    wait_for(ada, waiting, 2)
    waiting[1].fulfill(status=503, json={"error": {"code": "unavailable", "message": ""}})
    wait_for(ada, waiting, 3)
    waiting[2].continue_()
    send(ada, "Bob")
    expect(bob.log("Ada").get_by_role("button", name="Picture sea.png")).to_be_visible()


def test_what_is_refused_says_why_and_holds_nothing_up(pair: tuple[Window, Window]) -> None:
    ada, bob = pair
    page = {"name": "photo.png", "mimeType": "image/png", "buffer": b"<html><script>alert(1)</script>"}
    choose(ada, "Bob", page)
    tile = tray(ada, "Bob").get_by_role("listitem")
    expect(tile).to_contain_text("Files of this kind cannot be sent")
    expect(ada.chat("Bob").get_by_role("button", name="Send", exact=True)).to_be_disabled()
    tile.get_by_role("button", name="Remove photo.png").click()
    ada.say("Bob", "never mind")
    bob.expect_said("Ada", ["hello", "never mind"])


def test_a_page_that_is_closed_during_an_upload_says_so_later(
    sit_down: Sit, pair: tuple[Window, Window]
) -> None:
    ada, bob = pair
    ada.page.context.route(re.compile(r"/v1/files\?"), lambda route: None)
    choose(ada, "Bob", picture())
    ada.say("Bob", "lost one")
    ada.say("Bob", "after it")
    wait_until_kept(ada, "/out/", "after it")
    ada.page.reload()
    expect(ada.log("Bob").get_by_text("The page was closed before it was sent")).to_be_visible()
    bob.expect_said("Ada", ["hello", "after it"])
    ada.log("Bob").get_by_role("button", name="Delete").click()
    expect(ada.log("Bob").locator("[data-mark=failed]")).to_have_count(0)


def test_pictures_do_not_move_what_is_read(pair: tuple[Window, Window]) -> None:
    ada, bob = pair
    for number in range(12):
        ada.say("Bob", f"line {number}")
    choose(ada, "Bob", picture("tall.png", (400, 900)))
    send(ada, "Bob")
    ada.say("Bob", "the last one")
    bob.expect_said("Ada", ["hello", *[f"line {number}" for number in range(12)], "", "the last one"])
    expect_drawn(bob.log("Ada").get_by_role("button", name="Picture tall.png").locator("img"))
    bob.page.reload()
    last = bob.log("Ada").get_by_text("the last one")
    expect(last).to_be_in_viewport()
    shown = bob.log("Ada").get_by_role("button", name="Picture tall.png")
    box = shown.bounding_box()
    assert box is not None
    assert abs(box["width"] / box["height"] - 400 / 900) < 0.05
    expect_drawn(shown.locator("img"))
    expect(last).to_be_in_viewport()
    # A message that has just come is still settling; one without its size would move by its height.
    assert shown.bounding_box() == pytest.approx(box, abs=8.0)


def test_the_gallery_goes_from_picture_to_picture(talk: tuple[Window, Window]) -> None:
    ada, bob = talk
    choose(
        ada, "Bob", *[picture(f"p{number}.png", color=c) for number, c in enumerate(("red", "green", "blue"))]
    )
    send(ada, "Bob")
    shown = bob.log("Ada").get_by_role("button", name="Picture p1.png")
    shown.click()
    dialog = bob.frame.get_by_role("dialog", name="p1.png")
    expect(dialog.get_by_role("status")).to_have_text("2 of 3")
    expect_drawn(dialog.get_by_role("img", name="p1.png"))
    bob.page.keyboard.press("ArrowRight")
    dialog = bob.frame.get_by_role("dialog", name="p2.png")
    expect(dialog.get_by_role("status")).to_have_text("3 of 3")
    expect(dialog.get_by_role("button", name="Next picture")).to_be_hidden()
    dialog.get_by_role("button", name="Previous picture").click()
    expect(bob.frame.get_by_role("dialog", name="p1.png")).to_be_visible()
    swipe(bob, by=120)
    expect(bob.frame.get_by_role("dialog", name="p0.png")).to_be_visible()
    with bob.page.expect_download() as download:
        bob.frame.get_by_role("link", name="Save picture").click()
    assert download.value.suggested_filename == "p0.png"
    bob.page.keyboard.press("Escape")
    expect(bob.frame.get_by_role("dialog")).to_have_count(0)
    expect(shown).to_be_focused()


def swipe(window: Window, *, by: int) -> None:
    wall = window.frame.locator(".wall").bounding_box()
    assert wall is not None
    x, y = wall["x"] + wall["width"] / 2, wall["y"] + wall["height"] / 2
    window.page.mouse.move(x, y)
    window.page.mouse.down()
    window.page.mouse.move(x + by, y, steps=4)
    window.page.mouse.up()


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_voice_message_is_recorded_and_heard(sit_down: Sit, transport: str, device: str) -> None:
    options = {"transports": transport, **DEVICES[device]}
    ada, bob = meet(sit_down, **options)
    ada.chat("Bob").get_by_role("button", name="Record a voice message").click()
    group = ada.chat("Bob").get_by_role("group", name=re.compile("Recording"))
    expect(group.get_by_role("timer")).to_have_text("0:01")
    assert ada.frame.locator(".meter i").last.evaluate("bar => bar.offsetHeight") > 0
    group.get_by_role("button", name="Send voice message").click()
    ada.expect_settled("Bob")
    player = bob.log("Ada").get_by_role("group", name=re.compile(r"Voice message, 0:0[123]"))
    expect(player).to_be_visible()
    heights = player.locator(".wave i").evaluate_all("bars => bars.map(bar => parseInt(bar.style.height))")
    # It beeps and is silent in turn.
    assert max(heights) > 2 * min(heights)
    player.get_by_role("button", name=re.compile(r"^Speed 1\W$")).click()
    player.get_by_role("button", name=re.compile(r"^Speed 1\.5\W$")).click()
    expect(player.get_by_role("button", name=re.compile(r"^Speed 2\W$"))).to_be_visible()
    player.get_by_role("button", name="Play").click()
    expect(player.locator(".wave i.past").first).to_be_visible()
    expect(player.get_by_role("button", name="Play")).to_be_visible()
    assert ada.complaints == bob.complaints == []


def test_a_recording_can_be_thrown_away(sit_down: Sit) -> None:
    ada, bob = meet(sit_down)
    ada.chat("Bob").get_by_role("button", name="Record a voice message").click()
    expect(ada.chat("Bob").get_by_role("timer")).to_have_text("0:01")
    ada.chat("Bob").get_by_role("button", name="Discard recording").click()
    expect(ada.box("Bob")).to_be_visible()
    expect(ada.box("Bob")).to_be_focused()
    ada.say("Bob", "rather in writing")
    bob.expect_said("Ada", ["hello", "rather in writing"])


def test_a_microphone_that_is_forbidden_is_explained(
    sit_down: Sit, browser: Browser, host: Host, club: Club
) -> None:
    chromium = open_chromium(browser.browser_type, "--use-fake-ui-for-media-stream=deny")
    expect(sit_down("bob").window.bar).to_be_visible()
    ada = Person(chromium, host, club, "ada").window
    ada.open_chat("Bob")
    ada.chat("Bob").get_by_role("button", name="Record a voice message").click()
    expect(ada.frame.get_by_role("alert")).to_contain_text("does not allow the microphone")
    chromium.close()


def test_a_host_that_forbids_the_microphone_is_explained(sit_down: Sit) -> None:
    ada, _ = meet(sit_down)
    ada.page.evaluate("document.querySelector('iframe[title=Messenger]').allow = 'autoplay'")
    ada.page.evaluate("document.querySelector('iframe[title=Messenger]').src += ''")
    ada.chat("Bob").get_by_role("button", name="Record a voice message").click()
    expect(ada.frame.get_by_role("alert")).to_contain_text("This website does not let")


def test_a_phone_offers_its_camera(sit_down: Sit) -> None:
    ada, bob = meet(sit_down, **DEVICES["phone"])
    choose(ada, "Bob", picture("now.png"), button="Take a photo")
    send(ada, "Bob")
    expect(bob.log("Ada").get_by_role("button", name="Picture now.png")).to_be_visible()
