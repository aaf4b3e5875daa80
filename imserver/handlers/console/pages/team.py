"""Who may do what on a site, and invitations."""

import binascii

from imserver.errors import InvalidRequest
from imserver.handlers.console.table import Answer, Visit, gone_to, notice, page, shown

HERE = "/console/sites/<site_id>/team"
CHANGED = notice("role-changed", "The role has been changed.")
REMOVED = notice("member-removed", "They are no longer on the team.")
WITHDRAWN = notice("invitation-withdrawn", "The invitation no longer works.")


@page("GET", HERE, role="owner", title="Team", nav="Team")
def team(visit: Visit) -> Answer:
    """List them."""
    return _page(visit)


@page("POST", HERE + "/invite", role="owner", title="Team", again=team)
def invite(visit: Visit) -> Answer:
    """Make a link that works once, and show it."""
    secret = visit.desk.team.invite(
        visit.site.site_id,
        visit.required("email", most=254),
        role=visit.required("role", most=20),
        actor=visit.caller.actor,
    )
    return _page(visit, link=f"{visit.origin}/console/join#{secret}")


@page("POST", HERE + "/withdraw", role="owner", title="Team", again=team)
def withdraw(visit: Visit) -> Answer:
    """Take an invitation back."""
    try:
        link_id = binascii.unhexlify(visit.required("link", most=32))
    except ValueError as error:
        raise InvalidRequest("There is no such invitation.") from error
    visit.desk.team.withdraw(visit.site.site_id, link_id, actor=visit.caller.actor)
    return gone_to(_here(visit), done=WITHDRAWN)


@page("POST", HERE + "/role", role="owner", title="Team", again=team)
def set_team_role(visit: Visit) -> Answer:
    """Change what somebody may do, or take them off the site."""
    owner_id, role = visit.required("owner", most=40), visit.required("role", most=20)
    if role == "none":
        visit.desk.team.remove(visit.site.site_id, owner_id, actor=visit.caller.actor)
        return gone_to(_here(visit), done=REMOVED)
    visit.desk.team.set_role(visit.site.site_id, owner_id, role=role, actor=visit.caller.actor)
    return gone_to(_here(visit), done=CHANGED)


def _here(visit: Visit) -> str:
    return f"/console/sites/{visit.site.site_id}/team"


def _page(visit: Visit, *, link: str = "") -> Answer:
    return shown(
        "team.html",
        members=visit.desk.team.members(visit.site.site_id),
        invitations=visit.desk.team.invitations(visit.site.site_id),
        link=link,
        email=visit.form.get("email", ""),
        now_ms=visit.desk.now_ms(),
    )
