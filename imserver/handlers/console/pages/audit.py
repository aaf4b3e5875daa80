"""The record of what was done on the site."""

from imserver.handlers.console.table import Answer, Visit, page, shown

HERE = "/console/sites/<site_id>/audit"
PAGE_ROWS = 100


@page("GET", HERE, role="moderator", title="Audit", nav="Audit")
def audit(visit: Visit) -> Answer:
    """List the newest entries, or with ``about`` those about one thing."""
    about, before = visit.query.get("about", "").strip()[:128], visit.query.get("before", "")
    found = visit.desk.store.audit.page(
        visit.site.site_id,
        about=about,
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None,
        limit=PAGE_ROWS + 1,
    )
    more = found[PAGE_ROWS - 1].n if len(found) > PAGE_ROWS else 0
    return shown("audit.html", entries=found[:PAGE_ROWS], about=about, more=more, verdict=None)


@page("POST", HERE + "/verify", role="moderator", title="Audit", again=audit, when_suspended=True)
def verify_audit(visit: Visit) -> Answer:
    """Check the whole chain."""
    verdict = visit.desk.store.audit.verify(visit.site.site_id)
    entries = visit.desk.store.audit.page(visit.site.site_id, limit=PAGE_ROWS)
    return shown("audit.html", entries=entries, about="", more=0, verdict=verdict)
