"""Messages that wait for a moderator."""

from imserver.handlers.console.table import Answer, Visit, gone_to, notice, page, shown

HERE = "/console/sites/<site_id>/held"
ONE = HERE + "/<held_id>"
PAGE_ROWS = 100
APPROVED = notice("held-approved", "Delivered.")
REFUSED = notice("held-refused", "Refused. Its sender has been told.")


@page("GET", HERE, role="moderator", title="Held messages", nav="Held messages")
def held(visit: Visit) -> Answer:
    """List those that wait, the oldest first, without what they say."""
    waiting = visit.desk.store.held.page(visit.site.site_id, limit=PAGE_ROWS)
    return shown("held.html", waiting=waiting, opened=None)


@page("POST", ONE + "/open", role="moderator", title="Held messages", again=held)
def open_held(visit: Visit) -> Answer:
    """Record the look, then show what it says."""
    site_id = visit.site.site_id
    opened = visit.desk.store.held.look(site_id, visit.path["held_id"], actor=visit.caller.actor)
    return shown("held.html", waiting=visit.desk.store.held.page(site_id, limit=PAGE_ROWS), opened=opened)


@page("POST", ONE + "/approve", role="moderator", title="Held messages", again=held)
def approve_held(visit: Visit) -> Answer:
    """Deliver it."""
    visit.desk.moderation.approve(visit.site.site_id, visit.path["held_id"], actor=visit.caller.actor)
    return gone_to(_list(visit), done=APPROVED)


@page("POST", ONE + "/refuse", role="moderator", title="Held messages", again=held)
def refuse_held(visit: Visit) -> Answer:
    """Keep it from everybody."""
    visit.desk.moderation.refuse(visit.site.site_id, visit.path["held_id"], actor=visit.caller.actor)
    return gone_to(_list(visit), done=REFUSED)


def _list(visit: Visit) -> str:
    return f"/console/sites/{visit.site.site_id}/held"
