"""The members of a site: who they are, how much they do, what can be done. Never what they say."""

from urllib.parse import quote, urlencode

from flask import Response

from imserver.errors import FOR_EVER_MS
from imserver.handlers.console.table import Answer, Visit, gone_to, notice, page, shown
from imserver.store.values import UserKey

HERE = "/console/sites/<site_id>/members"
ONE = HERE + "/<path:user_id>"
PAGE_ROWS = 50
HOUR_MS = 3_600_000
SPANS = {"hour": HOUR_MS, "day": 24 * HOUR_MS, "week": 168 * HOUR_MS, "month": 720 * HOUR_MS}
BANNED = notice("banned", "Banned. Their devices are signed out, and nothing they send is stored.")
LIFTED = notice("ban-lifted", "They may sign in again.")
ENDED = notice("sessions-ended", "Signed out on all devices. They may sign in again.")
ERASED = notice("member-erased", "Nothing of them is left but the lines of the record.")
WARNED = notice("warned", "They are shown the warning until they have closed it.")


@page("GET", HERE, role="moderator", title="Members", nav="Members")
def members(visit: Visit) -> Answer:
    """List members by name, narrowed by ``q``, from a place on."""
    q, after = visit.query.get("q", "")[:80], (visit.query.get("name", ""), visit.query.get("id", ""))
    found = visit.desk.store.site_members.page(visit.site.site_id, q=q, after=after, limit=PAGE_ROWS + 1)
    last = found[PAGE_ROWS - 1] if len(found) > PAGE_ROWS else None
    more = urlencode({"q": q, "name": last.name_folded, "id": last.user_id}) if last else ""
    return shown("members.html", members=found[:PAGE_ROWS], q=q, more=more, now_ms=visit.desk.now_ms())


@page("GET", ONE, role="moderator", title="Member")
def member(visit: Visit) -> Answer:
    """Show one member's card."""
    site_id, user_id, store = visit.site.site_id, visit.path["user_id"], visit.desk.store
    card = store.site_members.card(site_id, user_id)
    return shown(
        "member.html",
        title=card.line.name,
        card=card,
        ban=visit.desk.moderation.find_ban(site_id, user_id),
        for_ever=FOR_EVER_MS,
        warnings=store.warnings.list_waiting(UserKey(site_id, user_id)),
        sessions=store.bans.sessions(site_id, user_id),
        conversations=store.site_members.conversations(site_id, user_id, limit=20),
        record=store.audit.page(site_id, about=user_id, limit=20),
        address=_address(visit),
        now_ms=visit.desk.now_ms(),
    )


@page("POST", ONE + "/ban", role="moderator", title="Member", again=member)
def ban_member(visit: Visit) -> Answer:
    """Keep them out until a time or for ever."""
    visit.desk.moderation.ban(
        visit.site.site_id,
        visit.path["user_id"],
        until_ms=read_until(visit),
        reason=visit.text("reason", most=500),
        actor=visit.caller.actor,
    )
    return gone_to(_address(visit), done=BANNED)


@page("POST", ONE + "/lift", role="moderator", title="Member", again=member)
def lift_ban(visit: Visit) -> Answer:
    """Let them in again."""
    visit.desk.moderation.lift_ban(visit.site.site_id, visit.path["user_id"], actor=visit.caller.actor)
    return gone_to(_address(visit), done=LIFTED)


@page("POST", ONE + "/sessions", role="moderator", title="Member", again=member, when_suspended=True)
def end_member_sessions(visit: Visit) -> Answer:
    """Sign them out everywhere."""
    visit.desk.moderation.end_sessions(visit.site.site_id, visit.path["user_id"], actor=visit.caller.actor)
    return gone_to(_address(visit), done=ENDED)


@page("POST", ONE + "/warn", role="moderator", title="Member", again=member)
def warn_member(visit: Visit) -> Answer:
    """Say something to them."""
    text = visit.required("warning", most=500)
    visit.desk.moderation.warn(visit.site.site_id, visit.path["user_id"], text=text, actor=visit.caller.actor)
    return gone_to(_address(visit), done=WARNED)


@page("POST", ONE + "/export", role="owner", title="Member", again=member, when_suspended=True)
def export_member(visit: Visit) -> Answer:
    """Send a copy of all that is theirs, as it is read."""
    lines = visit.desk.member_data.export(visit.site.site_id, visit.path["user_id"], actor=visit.caller.actor)
    response = Response(lines, mimetype="application/x-ndjson")
    response.headers["Content-Disposition"] = 'attachment; filename="member.ndjson"'
    return response


@page("POST", ONE + "/erase", role="owner", title="Member", again=member, when_suspended=True)
def erase_member(visit: Visit) -> Answer:
    """Leave nothing of them."""
    visit.desk.member_data.erase(visit.site.site_id, visit.path["user_id"], actor=visit.caller.actor)
    return gone_to(f"/console/sites/{visit.site.site_id}/members", done=ERASED)


def read_until(visit: Visit) -> int:
    """Return when the ban of the form ends."""
    span = SPANS.get(visit.text("span", most=10))
    return FOR_EVER_MS if span is None else visit.desk.now_ms() + span


def _address(visit: Visit) -> str:
    return f"/console/sites/{visit.site.site_id}/members/{quote(visit.path['user_id'])}"
