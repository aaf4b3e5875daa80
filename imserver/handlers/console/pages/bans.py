"""Who may not use the site's messenger."""

from imserver.errors import FOR_EVER_MS, InvalidRequest, NotFound
from imserver.handlers.console.pages.members import read_until
from imserver.handlers.console.table import Answer, Visit, gone_to, notice, page, shown
from imserver.store.bans import FAR_FUTURE

HERE = "/console/sites/<site_id>/bans"
PAGE_ROWS = 50
BANNED = notice("id-banned", "Banned. Their devices are signed out, and nothing they send is stored.")
LIFTED = notice("id-lifted", "They may sign in again.")


@page("GET", HERE, role="moderator", title="Bans", nav="Bans")
def bans(visit: Visit) -> Answer:
    """List them, the latest first."""
    at, user_id = visit.query.get("at", ""), visit.query.get("id", "")
    before = (int(at), user_id) if at.isascii() and at.isdigit() and len(at) < 17 else FAR_FUTURE
    found = visit.desk.store.bans.page(visit.site.site_id, before=before, limit=PAGE_ROWS + 1)
    last = found[PAGE_ROWS - 1] if len(found) > PAGE_ROWS else None
    return shown(
        "bans.html", bans=found[:PAGE_ROWS], last=last, for_ever=FOR_EVER_MS, now_ms=visit.desk.now_ms()
    )


@page("POST", HERE + "/add", role="moderator", title="Bans", again=bans)
def add_ban(visit: Visit) -> Answer:
    """Ban somebody by the id that the host knows them by."""
    user_id, site_id, actor = visit.required("user_id", most=128), visit.site.site_id, visit.caller.actor
    until_ms, reason = read_until(visit), visit.text("reason", most=500)
    try:
        visit.desk.moderation.ban(site_id, user_id, until_ms=until_ms, reason=reason, actor=actor)
    except NotFound as error:
        raise InvalidRequest(
            f"No member has the id {user_id}. Ids are under the names in Members."
        ) from error
    return gone_to(_list(visit), done=BANNED)


@page("POST", HERE + "/lift", role="moderator", title="Bans", again=bans)
def lift_listed_ban(visit: Visit) -> Answer:
    """Let somebody in again."""
    user_id = visit.required("user_id", most=128)
    visit.desk.moderation.lift_ban(visit.site.site_id, user_id, actor=visit.caller.actor)
    return gone_to(_list(visit), done=LIFTED)


def _list(visit: Visit) -> str:
    return f"/console/sites/{visit.site.site_id}/bans"
