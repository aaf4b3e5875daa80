"""Rules of a site as texts: read, refused with what would be right, and shown again."""

import pytest

from imserver.errors import InvalidRequest
from imserver.store.site_rules import RULES, with_rules
from imserver.store.values import SiteLimits, SiteRules


def test_rules_are_changed_one_by_one() -> None:
    rules = with_rules(SiteRules(), {"guests": "off", "limits.members": "500", "theme.accent": "#0a7cff"})
    assert rules == SiteRules(guests=False, limits=SiteLimits(members=500), theme={"accent": "#0a7cff"})
    assert with_rules(rules, {"limits.storage_bytes": "9"}).limits == SiteLimits(members=500, storage_bytes=9)
    back = {"guests": "yes", "limits.members": "0", "theme.accent": "", "limits.storage_bytes": "0"}
    assert with_rules(rules, back) == SiteRules()


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("guests", "perhaps", "it must be on or off"),
        ("limits.members", "-1", "0 is no limit"),
        ("limits.members", "many", "a whole number"),
        ("retention_days", "99999", "up to 36500"),
        ("erased_texts", "", "delete or keep"),
        ("language", "German!", "such as de"),
        ("theme.accent", "url(https://evil.example/x)", "a colour"),
        ("theme.accent", "red;background:url(x)", "a colour"),
        ("theme.surface", "expression(1)", "a colour"),
        ("theme.font", "x; }", "names of fonts"),
        ("theme.radius", "50%", "such as 8px"),
        ("theme.accnt", "#fff", "did you mean theme.accent"),
        ("limits.member", "1", "did you mean limits.members"),
        ("nonsense", "1", "There is no rule nonsense"),
        ("a.b.c", "1", "There is no rule a.b.c"),
    ],
)
def test_what_cannot_be_is_refused_with_what_would_be_right(key: str, text: str, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        with_rules(SiteRules(), {key: text})


@pytest.mark.parametrize(
    "text", ["#fff", "#0A7CFF", "rgb(10 124 255 / 0.5)", "hsl(200deg, 50%, 40%)", "teal"]
)
def test_colours_are_written_in_many_ways(text: str) -> None:
    assert with_rules(SiteRules(), {"theme.ink": text}).theme == {"ink": text}


def test_every_rule_of_its_own_can_be_said_and_shown() -> None:
    shown = {rule.key: rule.value(SiteRules()) for rule in RULES}
    told = {"False": "off", "True": "on"}
    again = {key: told.get(str(value), str(value)) for key, value in shown.items()}
    assert with_rules(SiteRules(), again) == SiteRules()


def test_only_what_a_send_is_held_against_costs_the_writer_a_look() -> None:
    assert not with_rules(SiteRules(), {"guests": "off", "limits.members": "5"}).concerns_sends
    for key, text in (("rooms", "off"), ("limits.messages_per_day", "9"), ("limits.sends_per_second", "9")):
        assert with_rules(SiteRules(), {key: text}).concerns_sends
