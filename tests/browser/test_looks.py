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
# 1.4.11: the edges of what is pressed.
VISIBLE = 3.0
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


SIDED = re.compile(
    r"(?:^|[{;]\s*)((?:margin|padding|border)-(?:left|right)[\w-]*|left|right|text-align: (?:left|right))"
    r"\s*[:;]"
)
CORNER = re.compile(r"border-(?:top|bottom)-(?:left|right)-radius")
FOUR_SIDES = re.compile(r"(?:^|[{;]\s*)(?:inset|margin|padding): ([^;}]+)", re.MULTILINE)


def sides(value: str) -> list[str]:
    """Return the parts of a shorthand; what is in brackets is one part."""
    return re.findall(r"(?:[^\s()]|\((?:[^()]|\([^()]*\))*\))+", value.replace("!important", ""))


@pytest.mark.parametrize("sheet", sorted(path.name for path in APP.glob("*.css")))
def test_nothing_is_left_or_right(sheet: str) -> None:
    text = (APP / sheet).read_text()
    lopsided = [
        value
        for value in FOUR_SIDES.findall(text)
        if len(sides(value)) == 4 and sides(value)[1] != sides(value)[3]
    ]
    assert [SIDED.findall(text), CORNER.findall(text), lopsided] == [[], [], []]


def shown(sit_down: Sit, style: str, **options: str) -> dict[str, str]:
    """Return what becomes of the tokens on a page that has set some of them."""
    ada = sit_down("ada", **options)
    ada.put_page(markup=f"<style>:root {{ {style} }}</style>")
    ada.window.page.reload()
    expect(ada.window.bar).to_be_visible()
    names = ["accent", "accent-ink", "fill", "surface", "ink", "soft", "theirs", "line", "alert", "edge"]
    body = ada.window.frame.locator("body")
    read = "(body, name) => getComputedStyle(body).getPropertyValue('--im-' + name)"
    made = {name: body.evaluate(read, name) for name in names}
    return {name: hexed(colour) for name, colour in made.items()}


def hexed(colour: str) -> str:
    """Return #rrggbb of what a token says."""
    if colour.startswith("#"):
        return colour
    return "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", colour))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("accent", ["#ffe14d", "#10163a", "rebeccapurple", "hsl(150 60% 45%)"])
def test_whatever_the_accent_of_the_host_it_can_be_read(sit_down: Sit, scheme: str, accent: str) -> None:
    colours = shown(sit_down, f"--im-accent: {accent}", color_scheme=scheme)
    for text, ground in [("accent", "surface"), ("accent", "theirs"), ("accent-ink", "fill")]:
        assert contrast(colours[text], colours[ground]) >= READABLE, (text, ground, colours)


@pytest.mark.parametrize("surface", ["#fbf3e4", "#0b1d16", "#ffffff", "#3c1053"])
def test_all_colours_follow_from_the_ground_of_the_host(sit_down: Sit, surface: str) -> None:
    colours = shown(sit_down, f"--im-surface: {surface}; --im-ink: #888")
    assert colours["surface"] == surface
    for text in ("ink", "soft", "accent", "alert"):
        assert contrast(colours[text], colours["surface"]) >= READABLE, (text, colours)
        assert contrast(colours[text], colours["theirs"]) >= READABLE, (text, colours)
    assert contrast(colours["edge"], colours["surface"]) >= VISIBLE


def test_a_ground_on_which_nothing_is_clear_is_not_taken(sit_down: Sit) -> None:
    assert shown(sit_down, "--im-surface: #7d7d7d")["surface"] == "#fff"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_accent_of_the_host_is_on_the_persons_own_messages(sit_down: Sit, scheme: str) -> None:
    expect(sit_down("bob").window.bar).to_be_visible()
    ada = sit_down("ada", color_scheme=scheme)
    ada.put_page(markup=f"<style>:root {{ --im-accent: {HOST_ACCENT} }}</style>")
    ada.window.page.reload()
    ada.window.open_chat("Bob")
    ada.window.say("Bob", "in our colours")
    own = ada.window.log("Bob").locator(".bubble")
    expect(own).to_have_css("background-color", HOST_ACCENT)
    expect(own).to_have_css("color", "rgb(255, 255, 255)")
