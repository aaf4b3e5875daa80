"""The web addresses whose pages may show the widget."""

from imserver.handlers.console.table import Answer, Visit, gone_to, notice, page, shown
from imserver.services.site_changes import read_origins

SAVED = notice("origins-saved", "Saved. It holds on all workers within five seconds.")


@page("GET", "/console/sites/<site_id>/origins", role="owner", title="Origins", nav="Origins")
def origins(visit: Visit) -> Answer:
    """Show the list."""
    text = visit.form.get("origins", "\n".join(visit.site.origins))
    return shown("origins.html", origins=text)


@page("POST", "/console/sites/<site_id>/origins", role="owner", title="Origins", again=origins)
def set_origins(visit: Visit) -> Answer:
    """Replace the list."""
    found = read_origins(visit.text("origins", most=8_000))
    visit.desk.sites.set_origins(visit.site, found, actor=visit.caller.actor)
    return gone_to(f"/console/sites/{visit.site.site_id}/origins", done=SAVED)
