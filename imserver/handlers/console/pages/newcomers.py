"""Limits for newcomers, and what they would have done in the last days."""

import msgspec

from imserver.handlers.console.table import Answer, Visit, gone_to, notice, page, shown
from imserver.store.newcomers import CLAIM_LIMIT, COUNT_LIMIT, DAYS_LIMIT, NewcomerRules
from imserver.store.simulation import Simulation

HERE = "/console/sites/<site_id>/newcomers"
SIMULATED_DAYS = 7
SAVED = notice("newcomers-saved", "Saved. It holds for every message from now on.")
LIMITS = {"days": DAYS_LIMIT, "posts": CLAIM_LIMIT, "trust": CLAIM_LIMIT}


@page("GET", HERE, role="moderator", title="Newcomers", nav="Newcomers")
def newcomers(visit: Visit) -> Answer:
    """Show the limits."""
    return _page(visit)


@page("POST", HERE, role="moderator", title="Newcomers", again=newcomers)
def save_newcomers(visit: Visit) -> Answer:
    """Replace the limits; ``try`` runs them over what was sent and saves nothing."""
    rules = NewcomerRules(
        **{
            name: visit.number(name, least=0, most=LIMITS.get(name, COUNT_LIMIT))
            for name in NewcomerRules.__struct_fields__
        }
    )
    if visit.ticked("try"):
        found = visit.desk.moderation.simulate(visit.site.site_id, rules, days=SIMULATED_DAYS)
        return _page(visit, tried=found)
    old = visit.desk.store.houses.load(visit.site.site_id)
    changed = msgspec.structs.replace(old, newcomers=rules)
    visit.desk.moderation.change_rules(visit.site.site_id, changed, actor=visit.caller.actor)
    return gone_to(f"/console/sites/{visit.site.site_id}/newcomers", done=SAVED)


def _page(visit: Visit, *, tried: Simulation | None = None) -> Answer:
    stored = visit.desk.store.houses.load(visit.site.site_id).newcomers
    numbers = {name: visit.form.get(name, getattr(stored, name)) for name in NewcomerRules.__struct_fields__}
    return shown("newcomers.html", numbers=numbers, tried=tried)
