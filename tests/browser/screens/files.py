"""Pictures, papers and voices: sent, looked at, and about to be sent."""

import io
import random
from urllib.parse import urlencode

from PIL import Image, ImageDraw
from playwright.sync_api import expect

from tests.browser.screens import Scene, screen
from tests.browser.screens.base import open_chat

WAVEFORM = [abs((number * 37) % 90 - 40) + 15 + number % 7 for number in range(64)]
VOICE = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(40) + b"A_OPUS" + bytes(500)
LONG = "Minutes of the general meeting in the winter garden, second and final version.txt"


def landscape(size: tuple[int, int], seed: int) -> bytes:
    """Return a JPEG of hills under the sun."""
    width, height = size
    image = Image.new("RGB", size)
    draw = ImageDraw.Draw(image)
    for y in range(height):
        draw.line([(0, y), (width, y)], fill=(40 + y * 150 // height, 90 + y * 100 // height, 170))
    draw.ellipse([width * 0.6, height * 0.1, width * 0.75, height * 0.1 + width * 0.15], fill=(250, 220, 120))
    chance = random.Random(seed)
    hills = [(x, height * (0.55 + 0.2 * chance.random())) for x in range(0, width + 1, width // 8)]
    draw.polygon([(0, height), *hills, (width, height)], fill=(30, 70, 50))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


def send(scene: Scene, user: str, text: str, *files: tuple[str, bytes], **hints: str) -> None:
    """Let ``user``, who is ada or grace, send files to the other."""
    conversation_id = scene.stage.conversation("ada", "grace")
    ids = []
    for name, body in files:
        query = urlencode({"conversation_id": conversation_id, "name": name} | hints)
        ids.append(
            scene.stage.upload(user, f"/v1/files?{query}", body, kind="application/octet-stream")["id"]
        )
    scene.stage.write(user, conversation_id, text, files=ids)


def talk(scene: Scene) -> None:
    """Let some of each have been sent, and open the window."""
    conversation_id = scene.stage.conversation("ada", "grace")
    said = scene.stage.call("ada", "GET", f"/v1/conversations/{conversation_id}/messages")["data"]
    if not any("files" in message for message in said):
        send_some(scene)
    open_chat(scene, "grace")
    expect(scene.window.frame.locator(".player")).to_be_visible()
    expect(scene.window.frame.locator(".pictures img[src]").last).to_be_visible()


def send_some(scene: Scene) -> None:
    """Send some of each."""
    send(scene, "grace", "", *[(f"bed {number}.jpg", landscape((900, 700), number)) for number in range(3)])
    send(scene, "ada", "", (LONG, b"What was said. " * 900))
    send(scene, "ada", "The hill behind the hall", ("hill.jpg", landscape((1_200, 500), 7)))
    voice = {"duration_ms": "8300", "waveform": ",".join(map(str, WAVEFORM))}
    send(scene, "grace", "", ("voice.webm", VOICE), **voice)


@screen("files", "Pictures, a paper and a voice message.")
def files(scene: Scene) -> None:
    talk(scene)


@screen("gallery", "One picture after the other.")
def gallery(scene: Scene) -> None:
    talk(scene)
    scene.window.frame.locator(".picture").last.click()
    expect(scene.window.frame.locator(".gallery img[src]")).to_be_visible()


@screen("files-to-send", "What goes with the next message, and what cannot.")
def files_to_send(scene: Scene) -> None:
    open_chat(scene, "grace")
    with scene.window.page.expect_file_chooser() as chooser:
        scene.window.frame.locator('[data-action="files"]').click()
    chosen = [("page.png", b"<html>"), ("hill.jpg", landscape((900, 700), 3)), (LONG, b"x" * 9_000)]
    chooser.value.set_files(
        [{"name": name, "mimeType": "image/png", "buffer": body} for name, body in chosen]
    )
    expect(scene.window.frame.locator(".enclosure.failed")).to_be_visible()
    expect(scene.window.frame.locator(".enclosure .progress:not([hidden])")).to_have_count(0)
