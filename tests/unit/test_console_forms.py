"""What the console's pages say of browsers, colours and rules is what there is."""

import re
from pathlib import Path

import pytest

from imserver.handlers.console.formats import browser, plain
from imserver.handlers.console.pages.settings import CHOICES, GROUPS
from imserver.handlers.console.pages.theme import USUAL
from imserver.handlers.console.pages.webhooks import TOLD
from imserver.protocol.types.hooks import WebhookEventType
from imserver.store.site_rules import RULES

APP = Path(__file__).resolve().parents[2] / "assets" / "app"
LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "


@pytest.mark.parametrize(
    ("agent", "called"),
    [
        (LINUX + "HeadlessChrome/131.0.0.0 Safari/537.36", "Chrome on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131",
            "Edge on Windows",
        ),
        ("Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0", "Firefox on Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1",
            "Safari on an iPhone",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
        ("x" * 300, "x" * 80),
        ("", "unknown"),
    ],
)
def test_a_browser_is_called_what_people_call_it(agent: str, called: str) -> None:
    assert browser(agent) == called


def test_the_record_is_written_as_people_write() -> None:
    said = [plain(value) for value in (True, False, ["a", "b"], 0, "x")]
    assert said == ["yes", "no", "a, b", "0", "x"]


def test_what_an_empty_theme_means_is_what_the_widget_has() -> None:
    light = (APP / "app.css").read_text().partition("body {")[2].partition("}")[0]
    written = dict(re.findall(r"--im-([a-z-]+): ([^;]+);", light))
    for name, usual in USUAL.items():
        if name == "font":
            assert written[name].startswith(usual)
        else:
            assert written[name].replace("#fff", "#ffffff") == usual


def test_groups_and_choices_name_rules_that_there_are_and_every_event_is_explained() -> None:
    keys = {rule.key for rule in RULES}
    named = [key for _, group in GROUPS for key in group]
    assert len(named) == len(set(named))
    assert keys >= {*named, *CHOICES}
    assert set(TOLD) == set(WebhookEventType)


def test_every_choice_is_one_that_the_rule_takes_and_every_language_one_that_the_widget_has() -> None:
    rules = {rule.key: rule for rule in RULES}
    for key, choices in CHOICES.items():
        assert [rules[key].read(word) for word in choices] == list(choices)
    assert set(CHOICES["language"]) - {""} == {path.stem for path in (APP / "lang").glob("??.js")}
