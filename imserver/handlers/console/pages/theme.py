"""The site's colours and shapes, with the real widget beside them."""

import json
from typing import NamedTuple
from urllib.parse import urlencode

from imserver.errors import InvalidRequest
from imserver.handlers.console.rules import change_rules
from imserver.handlers.console.table import Answer, Visit, gone_to, notice, page, shown
from imserver.store.site_rules import RULES, Rule, with_rules
from imserver.store.values import PREVIEW_SITE, SiteRules

HERE = "/console/sites/<site_id>/theme"
SAVED = notice("theme-saved", "Saved. Members see it when they load their next page.")
THEME = "theme."
LABELS = {
    "accent": "Accent",
    "accent-ink": "Text on the accent",
    "surface": "Ground",
    "ink": "Text",
    "radius": "Corners",
    "font": "Font",
}
# What assets/app/app.css has where nothing is chosen, in the light.
USUAL = {
    "accent": "#4b53e0",
    "accent-ink": "#ffffff",
    "surface": "#ffffff",
    "ink": "#161a23",
    "radius": "16px",
    "font": "Inter, system-ui",
}
VALUE_CHARACTERS = 200


class Variable(NamedTuple):
    """One variable of the widget that an owner may set."""

    rule: Rule
    name: str
    label: str
    value: str
    usual: str


@page("GET", HERE, role="owner", title="Appearance", nav="Appearance")
def theme(visit: Visit) -> Answer:
    """Show the variables of the allow-list and the preview."""
    variables = _variables(visit)
    query = urlencode({one.name: one.value for one in variables if one.value and _is_right(one)})
    return shown("theme.html", frames=True, variables=variables, query=query)


@page("POST", HERE, role="owner", title="Appearance", again=theme)
def set_theme(visit: Visit) -> Answer:
    """Replace the theme; what is empty is as the widget has it."""
    given = {rule.key: visit.text(rule.key, most=VALUE_CHARACTERS) for rule in _rules()}
    change_rules(visit, given, labels={THEME + name: label for name, label in LABELS.items()})
    return gone_to(f"/console/sites/{visit.site.site_id}/theme", done=SAVED)


@page("GET", HERE + "/preview", role="owner", title="Preview")
def theme_preview(visit: Visit) -> Answer:
    """Show the widget among made-up people, with the variables of the query, each checked."""
    given = {rule.key: visit.query.get(rule.key.removeprefix(THEME), "") for rule in _rules()}
    chosen = with_rules(visit.site.rules, given).theme
    return shown(
        "preview.html",
        framed=True,
        site_id=PREVIEW_SITE,
        signed=visit.desk.preview.sign(visit.caller.owner.owner_id),
        variables=json.dumps({f"--im-{name}": value for name, value in chosen.items()}),
    )


def _is_right(one: Variable) -> bool:
    """Tell whether the preview takes it: what was just refused must not leave the frame empty."""
    try:
        with_rules(SiteRules(), {one.rule.key: one.value})
    except InvalidRequest:
        return False
    return True


def _rules() -> list[Rule]:
    return [rule for rule in RULES if rule.key.startswith(THEME)]


def _variables(visit: Visit) -> list[Variable]:
    return [
        Variable(
            rule,
            rule.key.removeprefix(THEME),
            LABELS.get(rule.key.removeprefix(THEME), rule.key),
            visit.form.get(rule.key, str(rule.value(visit.site.rules))),
            USUAL.get(rule.key.removeprefix(THEME), ""),
        )
        for rule in _rules()
    ]
