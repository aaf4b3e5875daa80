"""Pictures, files and voice messages, on the way and there."""

import math
import struct
import zlib
from urllib.parse import urlencode

from playwright.sync_api import expect

from tests.browser.screens import Scene, screen
from tests.browser.screens.base import open_chat

WIDTH, HEIGHT = 320, 200
SKIES = ((255, 180, 90), (120, 170, 235), (240, 130, 140))


def picture(number: int) -> bytes:
    """Return a PNG of hills under a sky, another one for each number."""
    sky, rows = SKIES[number % len(SKIES)], []
    for y in range(HEIGHT):
        row = bytearray([0])
        for x in range(WIDTH):
            hill = HEIGHT * 0.6 + 28 * math.sin(x / 41 + number) + 12 * math.sin(x / 13)
            shade = 1 - y / HEIGHT / 2
            row += bytes(int(part * shade) for part in ((46, 92, 70) if y > hill else sky))
        rows.append(bytes(row))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def send(scene: Scene, user: str, place: str, files: list[tuple[str, str, bytes]], text: str = "") -> None:
    """Let ``user`` send files, each a name, a kind and its bytes."""
    ids = []
    for name, kind, data in files:
        query = urlencode({"conversation_id": place, "name": name})
        ids.append(scene.stage.upload(user, f"/v1/files?{query}", data, kind=kind)["id"])
    scene.stage.write(user, place, text, files=ids)


def show_files(scene: Scene) -> None:
    """Have Ines send three pictures and a file, and look at them."""
    place = scene.stage.conversation("ada", "ines")
    said = scene.stage.call("ada", "GET", f"/v1/conversations/{place}/messages?limit=50")["data"]
    if not said:
        hills = [(f"hill {number}.png", "image/png", picture(number)) for number in range(3)]
        send(scene, "ines", place, hills, "The hill at six, seven and eight")
        send(scene, "ines", place, [("Watering plan.txt", "text/plain", b"Mon: all\nTue: none\n")])
    open_chat(scene, "ines")
    expect(scene.window.frame.locator(".chat .files button img").nth(2)).to_be_visible()
    for number in range(3):
        shown = scene.window.frame.locator(".chat .files button img").nth(number)
        expect(shown).not_to_have_js_property("naturalWidth", 0)


@screen("files", "Pictures and files in a conversation.")
def files(scene: Scene) -> None:
    show_files(scene)


@screen("gallery", "A picture, as large as there is room.")
def gallery(scene: Scene) -> None:
    show_files(scene)
    scene.window.frame.locator(".chat .files button").first.click()
    expect(scene.window.frame.get_by_role("dialog").get_by_role("img").first).to_be_visible()


@screen("tray", "Files that are about to be sent.")
def tray(scene: Scene) -> None:
    open_chat(scene, "ines")
    with scene.window.page.expect_file_chooser() as choosing:
        scene.window.frame.locator("[data-action=files]").first.click()
    names = ("beds.png", "fence.png")
    choosing.value.set_files(
        [{"name": name, "mimeType": "image/png", "buffer": picture(at)} for at, name in enumerate(names)]
    )
    expect(scene.window.frame.get_by_role("progressbar").filter(visible=True)).to_have_count(0)
