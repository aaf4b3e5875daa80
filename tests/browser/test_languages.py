"""The widget speaks the language of the page: every word of it, with the plural forms that it has."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.person import DEVICES, Person, Window
from tests.browser.test_sizes import APP

Sit = Callable[..., Person]
READ = """async () => {
  const base = document.querySelector('script[src$="main.js"]').src.replace('main.js', '');
  const {BAR} = await import(base + 'lang/bar.js');
  const {DOCTOR} = await import(base + 'lang/doctor.js');
  const read = async (language) => {
    const {default: words} = await import(`${base}lang/${language}.js`);
    const {pluralCategories: forms} = new Intl.PluralRules(language).resolvedOptions();
    return [language, {words, bar: BAR[language], doctor: DOCTOR[language], forms}];
  };
  return Object.fromEntries(await Promise.all(Object.keys(BAR).map(read)));
}"""
HOLE = re.compile(r"\{(\w+)\}")
SAID = re.compile(r"\bsay\('(\w+)'")
WORD = re.compile(r"\bword\('([\w ]+)'")
END = re.compile(r"\b(\w+): '(?:again|later|yield|renew|reset|doubt|fall)'")
# Shorter words may be the same in another language.
LONG = 12
# The forms that stand for a number of their own may leave it out: "one message".
NAMES_ITSELF = {"zero", "one", "two"}

Saying = str | dict[str, str]


def holes(saying: Saying) -> set[str]:
    """Return the placeholders of a text, whichever of its forms they are in."""
    return set(HOLE.findall(saying if isinstance(saying, str) else " ".join(saying.values())))


def faults(key: str, english: Saying, theirs: Saying, forms: list[str]) -> list[str]:
    """Return what is wrong with the text that a language has for ``key``."""
    found = []
    if holes(english) != holes(theirs):
        found.append(f"{key}: {holes(english)} became {holes(theirs)}")
    if isinstance(theirs, str):
        if isinstance(english, dict) and forms != ["other"]:
            found.append(f"{key}: no plural forms")
        return found
    if set(theirs) != set(forms):
        found.append(f"{key}: has {sorted(theirs)}, needs {sorted(forms)}")
    for form, text in theirs.items():
        missing = holes(english) - set(HOLE.findall(text)) - ({"count"} if form in NAMES_ITSELF else set())
        if missing:
            found.append(f"{key}.{form}: lacks {missing}")
    return found


@pytest.fixture
def tables(sit_down: Sit) -> dict[str, Any]:
    window = sit_down("ada").window
    expect(window.bar).to_be_visible()
    read: dict[str, Any] = window.frame.locator("body").evaluate(READ)
    return read


def test_every_language_says_everything(tables: dict[str, Any]) -> None:
    assert set(tables) == {"en", "de", "fr", "es", "ro", "ar", "he", "ja", "zh"}
    for language, table in tables.items():
        for part in ("words", "bar", "doctor"):
            english, theirs = tables["en"][part], table[part]
            assert set(theirs) == set(english), language
            found = [
                fault for key in english for fault in faults(key, english[key], theirs[key], table["forms"])
            ]
            assert found == [], language


def test_nothing_is_said_that_is_not_in_the_tables(tables: dict[str, Any]) -> None:
    known = {*tables["en"]["words"], *tables["en"]["bar"]}
    for module in APP.glob("*.js"):
        assert set(SAID.findall(module.read_text())) <= known, module.name


def test_the_doctor_knows_every_word_and_speaks_the_language(sit_down: Sit, tables: dict[str, Any]) -> None:
    used = set(WORD.findall((APP / "findings.js").read_text()))
    reasons = set(END.findall((APP / "connection.js").read_text())) - {"now"}
    assert used | reasons <= set(tables["en"]["doctor"])
    window = reopened(sit_down("ada"), locale="ro", transports="poll")
    window.connected("poll")
    window.page.evaluate("im('doctor'); 0")
    dialog = window.frame.get_by_role("dialog", name="Verificarea conexiunii")
    expect(dialog.get_by_role("status")).to_have_text("Conectat")
    expect(dialog).to_contain_text("De ce nu WebSocketPagina nu permite")
    for english in tables["en"]["doctor"].values():
        if len(english) > LONG and "{" not in english:
            expect(dialog).not_to_contain_text(english)


def test_a_text_that_lacks_a_form_is_noticed() -> None:
    english: Saying = {"one": "{count} day", "other": "{count} days"}
    forms = ["one", "few", "other"]
    assert faults("days", english, {"one": "{count} zi", "other": "{count} de zile"}, forms)
    assert faults("days", english, "{count} zile", forms)
    assert faults("days", english, {"one": "o zi", "few": "zile", "other": "{count} de zile"}, forms)
    assert faults("by", "{name} said", "{nom} dit", ["one", "other"])
    assert not faults(
        "days", english, {"one": "o zi", "few": "{count} zile", "other": "{count} de zile"}, forms
    )


def panel_title(window: Window) -> str:
    if window.frame.locator(".bar").get_attribute("aria-expanded") == "false":
        window.frame.locator(".bar").click()
    expect(window.frame.locator(".panel h2").first).to_be_visible()
    return window.frame.locator(".panel h2").first.inner_text()


def reopened(ada: Person, *, markup: str = "", **data: str) -> Window:
    ada.put_page(markup=markup, **data)
    ada.window.page.reload()
    expect(ada.window.frame.locator(".bar")).to_be_visible()
    return ada.window


def test_the_tag_goes_before_the_page_and_the_page_before_the_browser(sit_down: Sit) -> None:
    ada = sit_down("ada", locale="fr-CA")
    assert panel_title(reopened(ada)) == "Conversations"
    expect(ada.window.frame.locator("html")).to_have_attribute("lang", "fr-CA")
    page_in = "<script>document.documentElement.lang = 'ro'</script>"
    assert panel_title(reopened(ada, markup=page_in)) == "Conversații"
    assert panel_title(reopened(ada, markup=page_in, locale="de-AT")) == "Unterhaltungen"
    assert panel_title(reopened(ada, locale="tlh", markup=page_in)) == "Conversations"


def test_a_number_takes_the_form_that_the_language_has_for_it(sit_down: Sit) -> None:
    bob = sit_down("bob").window
    ada = sit_down("ada")
    ada.window.connected()
    bob.open_chat("Ada")
    bob.say("Ada", "one")
    bob.say("Ada", "two")
    bob.expect_settled("Ada")
    window = reopened(ada, locale="ar")
    expect(window.frame.locator("#unread")).to_have_text("رسالتان غير مقروءتين")
    for number in range(3):
        bob.say("Ada", f"more {number}")
    expect(window.frame.locator("#unread")).to_have_text(re.compile(r"^\d رسائل غير مقروءة$"))


@pytest.mark.parametrize("device", list(DEVICES))
def test_from_right_to_left_everything_is_mirrored(sit_down: Sit, device: str) -> None:
    expect(sit_down("bob").window.bar).to_be_visible()
    ada = sit_down("ada", **DEVICES[device])
    window = reopened(ada, locale="he")
    width = window.page.evaluate("innerWidth")
    bar = window.frame.locator(".hub").bounding_box()
    assert bar is not None
    assert bar["x"] < width / 4
    window.page.evaluate("im('open', {user: 'bob'})")
    box = window.frame.locator(".write")
    expect(box).to_be_visible()
    expect(box).to_have_css("direction", "rtl")
    box.fill("from the left to the right")
    send = window.frame.locator(".send").bounding_box()
    expect(window.frame.locator(".send .icon")).to_have_css("transform", "matrix(-1, 0, 0, 1, 0, 0)")
    box.press("Enter")
    expect(window.frame.locator(".message.mine .text")).to_be_visible()
    expect(window.frame.locator("[data-mark=pending]")).to_have_count(0)
    bubble = window.frame.locator(".message.mine .bubble").bounding_box()
    log = window.frame.locator(".log").bounding_box()
    assert bubble
    assert log
    assert send
    assert bubble["x"] - log["x"] < log["x"] + log["width"] - bubble["x"] - bubble["width"]
    assert send["x"] - log["x"] < log["width"] / 4
    # Where a line is too long for the list, it is the end of the words that is missing.
    line = window.frame.locator(".recent .row .line").first
    expect(line).to_have_css("direction", "ltr")
    expect(window.frame.locator(".message.mine .text")).to_have_css("direction", "ltr")


def test_the_page_may_say_where_it_stands_in_any_language(sit_down: Sit) -> None:
    ada = sit_down("ada")
    for locale, position, left in [("he", "right", False), ("he", "left", True), ("en", "left", True)]:
        window = reopened(ada, locale=locale, position=position)
        bar = window.frame.locator(".hub").bounding_box()
        assert bar is not None
        assert (bar["x"] < window.page.evaluate("innerWidth") / 4) is left
