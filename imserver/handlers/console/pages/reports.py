"""The queue of reports. What was said is shown when somebody asks for it, on the record."""

from imserver.handlers.console.pages.members import read_until
from imserver.handlers.console.table import Answer, Visit, gone_to, notice, page, shown
from imserver.store.report_queue import CLOSED, OPEN

HERE = "/console/sites/<site_id>/reports"
ONE = HERE + "/<report_id>"
PAGE_ROWS = 50
DISMISSED = notice("report-dismissed", "Dismissed.")
DELETED = notice("message-deleted", "The message is deleted for everybody. The report keeps what it said.")
WARNED = notice("reported-warned", "They have been warned.")
BANNED = notice("reported-banned", "They are banned, and signed out everywhere.")


@page("GET", HERE, role="moderator", title="Reports", nav="Reports")
def reports(visit: Visit) -> Answer:
    """List reports that are open, or with ``state=closed`` what became of the others."""
    state = CLOSED if visit.query.get("state") == CLOSED else OPEN
    after = _place(visit)
    found = visit.desk.store.report_queue.page(
        visit.site.site_id, state=state, after=after, limit=PAGE_ROWS + 1
    )
    last = found[PAGE_ROWS - 1] if len(found) > PAGE_ROWS else None
    more = f"state={state}&at={last.created_at}&id={last.report_id}" if last else ""
    return shown("reports.html", reports=found[:PAGE_ROWS], state=state, more=more)


@page("GET", ONE, role="moderator", title="Report")
def report(visit: Visit) -> Answer:
    """Say that the conversation can be opened, and what that means. Nothing of it is shown."""
    line = visit.desk.store.report_queue.find(visit.site.site_id, visit.path["report_id"])
    return shown("report.html", line=line, opened=None)


@page("POST", ONE + "/open", role="moderator", title="Report", again=report)
def open_report(visit: Visit) -> Answer:
    """Record the look, then show the message and those around it. A GET would be repeated by browsers."""
    opened = visit.desk.moderation.open_report(
        visit.site.site_id, visit.path["report_id"], actor=visit.caller.actor
    )
    return shown("report.html", line=opened.line, opened=opened)


@page("POST", ONE + "/dismiss", role="moderator", title="Report", again=report)
def dismiss_report(visit: Visit) -> Answer:
    """Do nothing about it."""
    visit.desk.moderation.dismiss(visit.site.site_id, visit.path["report_id"], actor=visit.caller.actor)
    return gone_to(_queue(visit), done=DISMISSED)


@page("POST", ONE + "/delete", role="moderator", title="Report", again=report)
def delete_reported(visit: Visit) -> Answer:
    """Delete the message."""
    visit.desk.moderation.delete_reported(
        visit.site.site_id, visit.path["report_id"], actor=visit.caller.actor
    )
    return gone_to(_queue(visit), done=DELETED)


@page("POST", ONE + "/warn", role="moderator", title="Report", again=report)
def warn_reported(visit: Visit) -> Answer:
    """Warn who was reported."""
    text = visit.required("warning", most=500)
    visit.desk.moderation.warn_reported(
        visit.site.site_id, visit.path["report_id"], text=text, actor=visit.caller.actor
    )
    return gone_to(_queue(visit), done=WARNED)


@page("POST", ONE + "/ban", role="moderator", title="Report", again=report)
def ban_reported(visit: Visit) -> Answer:
    """Ban who was reported."""
    visit.desk.moderation.ban_reported(
        visit.site.site_id,
        visit.path["report_id"],
        until_ms=read_until(visit),
        reason=visit.text("reason", most=500),
        actor=visit.caller.actor,
    )
    return gone_to(_queue(visit), done=BANNED)


def _queue(visit: Visit) -> str:
    return f"/console/sites/{visit.site.site_id}/reports"


def _place(visit: Visit) -> tuple[int, str]:
    at = visit.query.get("at", "0")
    return (int(at) if at.isascii() and at.isdigit() and len(at) < 16 else 0), visit.query.get("id", "")[:32]
