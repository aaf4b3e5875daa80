"""Who may sign in now: judged in the transaction that opens the session, so that it holds when that is there.

design: whoever signs in shares a lock on the site's row. Suspending a site takes it alone, so a sign-in is
either committed before, and its session found and ended, or sees that the site is suspended. Where a plan
limits the members, those who come for the first time take it alone, too: nobody slips in beside the last one.
"""

from collections.abc import Sequence

import msgspec

from imserver.errors import GuestsMayNot, NotFound, ServiceError, SiteFull, SiteSuspended
from imserver.store.database import Transaction
from imserver.store.values import Person, SiteRules, UserKey

NO_GUESTS = "This site takes no guests; sign in with an account."


def find_refused(tx: Transaction, people: Sequence[Person]) -> dict[UserKey, ServiceError]:
    """Return what stands in the way of those who may not sign in to their sites."""
    wanted = {UserKey(person.site_id, person.user_id): person for person in people}
    refused: dict[UserKey, ServiceError] = {}
    site_ids = sorted({person.site_id for person in people})
    found = _lock(tx, site_ids)
    for site_id in site_ids:
        there = {key: person for key, person in wanted.items() if key.site_id == site_id}
        if site_id in found:
            refused.update(_refused(tx, site_id, there, found[site_id]))
        else:
            # Deleted a moment ago: its keys are still known to this worker.
            refused.update((key, NotFound()) for key in there)
    return refused


def require_places(tx: Transaction, site_id: str, people: Sequence[Person]) -> None:
    """Raise SiteFull if the plan of the site has no place for those of ``people`` who are no members yet."""
    for rules in _lock(tx, [site_id]).values():
        if rules is not None and rules.limits.members:
            fresh = _fresh(tx, {UserKey(site_id, person.user_id): person for person in people})
            if fresh and _places(tx, site_id, rules) < len(fresh):
                raise SiteFull


def _lock(tx: Transaction, site_ids: list[str]) -> dict[str, SiteRules | None]:
    """Return the rules of the sites, None for one that is suspended."""
    looked = {row[0]: row for row in tx.rows("load_sites_rules", site_ids=site_ids)}
    limited = [
        site_id for site_id in site_ids if site_id in looked and _rules(looked[site_id][2]).limits.members
    ]
    others = [site_id for site_id in site_ids if site_id not in limited]
    rows = tx.rows("lock_sites", site_ids=limited) if limited else []
    rows += tx.rows("share_sites", site_ids=others) if others else []
    return {site_id: None if suspended_at else _rules(rules) for site_id, suspended_at, rules in rows}


def _refused(
    tx: Transaction, site_id: str, there: dict[UserKey, Person], rules: SiteRules | None
) -> dict[UserKey, ServiceError]:
    if rules is None:
        return {key: SiteSuspended() for key in there}
    refused: dict[UserKey, ServiceError] = {}
    if not rules.guests:
        refused = {key: GuestsMayNot(NO_GUESTS) for key, person in there.items() if person.guest}
    if rules.limits.members and (fresh := _fresh(tx, there)):
        places = _places(tx, site_id, rules)
        refused.update((key, SiteFull()) for key in fresh[max(0, places) :])
    return refused


def _fresh(tx: Transaction, there: dict[UserKey, Person]) -> list[UserKey]:
    """Return those who would be new members: unknown people, and guests who have an account now."""
    wanted = sorted(key for key, person in there.items() if not person.guest)
    if not wanted:
        return []
    known = {UserKey(row[0], row[1]) for row in tx.rows("find_members_of_site", pairs=wanted)}
    return [key for key in wanted if key not in known]


def _places(tx: Transaction, site_id: str, rules: SiteRules) -> int:
    most = rules.limits.members
    return most - int(tx.rows("count_members", site_id=site_id, most=most)[0][0])


def _rules(text: str | bytes) -> SiteRules:
    return msgspec.json.decode(text, type=SiteRules)
