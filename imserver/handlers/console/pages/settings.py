"""What an owner decides of the site; its plan is the admin's to change."""

from collections.abc import Iterator
from typing import NamedTuple

from flask import Response

from imserver.handlers.console.rules import change_rules
from imserver.handlers.console.table import Answer, Visit, gone_to, notice, page, shown
from imserver.store.site_rules import RULES, Rule

HERE = "/console/sites/<site_id>/settings"
SAVED = notice("settings-saved", "Saved. It holds on all workers within five seconds.")
PLAN, THEME = "limits.", "theme."
# Rules that are one of a few words.
CHOICES = {
    "roster": {
        "everyone": "Everybody on the site",
        "friends": "The member's friends",
        "group": "Members of the same groups",
    },
    "erased_texts": {"delete": "Goes with them", "keep": "Stays, as a former member's"},
    "language": {
        "": "That of the member's browser",
        "ar": "العربية",
        "de": "Deutsch",
        "en": "English",
        "es": "Español",
        "fr": "Français",
        "he": "עברית",
        "ja": "日本語",
        "ro": "Română",
        "zh": "中文",
    },
}
LABELS = {
    "roster": "Whom members find",
    "language": "Where a page does not say its language",
    "retention_days": "Days for which messages are kept",
    "erased_texts": "What erased members have written",
    "friends_url": "Where to ask for somebody's friends",
    "friends_minutes": "Minutes until a list of friends is asked for again",
}
# The rules in the order in which an owner thinks of them; what is in no group comes last.
GROUPS = (
    ("Guests", ("guests", "guests_create", "guests_upload")),
    ("Members", ("roster", "requests", "rooms", "uploads")),
    ("What is kept", ("retention_days", "erased_texts")),
    ("Language", ("language",)),
    ("Friends", ("friends_url", "friends_minutes")),
)
TEXT_CHARACTERS = 200


class Field(NamedTuple):
    """One rule as the form shows it. ``kind``: flag, choice, number or text."""

    rule: Rule
    label: str
    kind: str
    value: object
    choices: dict[str, str]


@page("GET", HERE, role="owner", title="Settings", nav="Settings")
def settings(visit: Visit) -> Answer:
    """Show the rules; the plan can be changed by admins alone."""
    return shown(
        "settings.html",
        groups=_grouped(list(_fields(visit, plan=False))),
        plan=list(_fields(visit, plan=True)),
    )


@page("POST", HERE, role="owner", title="Settings", again=settings)
def set_rules(visit: Visit) -> Answer:
    """Replace the rules."""
    return _save(visit, plan=False)


@page("POST", "/console/sites/<site_id>/settings/plan", role="admin", title="Settings", again=settings)
def set_plan(visit: Visit) -> Answer:
    """Replace the limits."""
    return _save(visit, plan=True)


@page(
    "POST",
    "/console/sites/<site_id>/export",
    role="owner",
    title="Settings",
    again=settings,
    when_suspended=True,
)
def export_site(visit: Visit) -> Answer:
    """Send everything of the site, as it is read."""
    lines = visit.desk.member_data.export_site(visit.site.site_id, actor=visit.caller.actor)
    response = Response(lines, mimetype="application/x-ndjson")
    response.headers["Content-Disposition"] = f'attachment; filename="{visit.site.site_id}.ndjson"'
    return response


def _save(visit: Visit, *, plan: bool) -> Answer:
    given, fields = {}, list(_fields(visit, plan=plan))
    for field in fields:
        key = field.rule.key
        if field.kind == "flag":
            given[key] = "on" if visit.ticked(key) else "off"
        elif key in visit.form:
            given[key] = visit.text(key, most=TEXT_CHARACTERS) or ("0" if field.kind == "number" else "")
    change_rules(visit, given, labels={field.rule.key: field.label for field in fields})
    return gone_to(f"/console/sites/{visit.site.site_id}/settings", done=SAVED)


def _grouped(fields: list[Field]) -> list[tuple[str, list[Field]]]:
    by_key = {field.rule.key: field for field in fields}
    named = [(heading, [by_key.pop(key) for key in keys if key in by_key]) for heading, keys in GROUPS]
    return [(heading, some) for heading, some in (*named, ("More", list(by_key.values()))) if some]


def _fields(visit: Visit, *, plan: bool) -> Iterator[Field]:
    for rule in RULES:
        if rule.key.startswith(THEME) or rule.key.startswith(PLAN) != plan:
            continue
        value = rule.value(visit.site.rules)
        kind = _kind(rule, value)
        if rule.key in visit.form or (visit.form and kind == "flag"):
            value = visit.ticked(rule.key) if kind == "flag" else visit.form[rule.key]
        label = LABELS.get(rule.key, rule.key.removeprefix(PLAN).replace("_", " ").capitalize())
        yield Field(rule, label, kind, value, _choices(rule, value))


def _choices(rule: Rule, value: object) -> dict[str, str]:
    """Return what there is to choose from; what the command line has set is never lost by saving."""
    choices = CHOICES.get(rule.key, {})
    return choices if not choices or value in choices else {**choices, str(value): str(value)}


def _kind(rule: Rule, value: object) -> str:
    if rule.key in CHOICES:
        return "choice"
    if isinstance(value, bool):
        return "flag"
    return "number" if isinstance(value, int) else "text"
