"""What is written can be read, in light and dark, in our colours and in the host's."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.test_sizes import APP

Sit = Callable[..., Person]
# WCAG 2.2, 1.4.3 (AA): text of this size needs so much contrast.
READABLE = 4.5
LINEAR_BELOW = 0.04045
HOST_ACCENT = "rgb(10, 112, 84)"
PAIRS = [
    ("accent", "surface"),
    ("accent", "theirs"),
    ("accent-ink", "fill"),
    ("soft", "surface"),
    ("ink", "theirs"),
    ("warn-ink", "warn"),
]


def tokens(theme: str) -> dict[str, str]:
    """Return the colours of ``theme``; what dark does not say is as in light."""
    text = (APP / "app.css").read_text()
    light, dark = re.findall(r"^body(?:\[data-theme=\"dark\"\])? \{\n(.*?)^\}", text, re.M | re.S)
    blocks = [light] if theme == "light" else [light, dark]
    found = dict(re.findall(r"--im-([\w-]+): (#\w+|var\(--im-[\w-]+\));", "".join(blocks)))
    return {name: found.get(value[9:-1], value) for name, value in found.items()}


def luminance(colour: str) -> float:
    """Return the relative luminance of #rgb or #rrggbb, by WCAG's definition."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= LINEAR_BELOW else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_stands_out_from_its_ground(theme: str, text: str, ground: str) -> None:
    colours = tokens(theme)
    assert contrast(colours[text], colours[ground]) >= READABLE


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_accent_of_the_host_is_on_the_persons_own_messages(sit_down: Sit, scheme: str) -> None:
    expect(sit_down("bob").window.bar).to_be_visible()
    ada = sit_down("ada", color_scheme=scheme)
    ada.put_page(markup=f"<style>:root {{ --im-accent: {HOST_ACCENT} }}</style>")
    ada.window.page.reload()
    ada.window.open_chat("Bob")
    ada.window.say("Bob", "in our colours")
    own = ada.window.log("Bob").locator(".text")
    expect(own).to_have_css("background-color", HOST_ACCENT)
    expect(own).to_have_css("color", "rgb(255, 255, 255)")
