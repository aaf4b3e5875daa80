"""The sites of the person who looks, and new ones."""

from imserver.handlers.console.table import SIGNED_IN, Answer, Visit, gone_to, page, shown
from imserver.services.site_changes import read_origins


@page("GET", "/console/", role=SIGNED_IN, title="Your sites")
def sites(visit: Visit) -> Answer:
    """List them."""
    owner = visit.caller.owner
    roles = visit.desk.store.owners.roles_of(owner.owner_id)
    found = [
        (site, "admin" if owner.admin else roles[site.site_id])
        for site in visit.desk.store.sites.list_sites()
        if owner.admin or site.site_id in roles
    ]
    online = visit.desk.store.usage.count_online([site.site_id for site, _ in found])
    return shown("sites.html", sites=found, online=online)


@page("GET", "/console/new-site", role="admin", title="New site")
def new_site_form(visit: Visit) -> Answer:
    """Ask for its name and where it is."""
    return shown("new_site.html", name=visit.form.get("name", ""), origins=visit.form.get("origins", ""))


@page("POST", "/console/new-site", role="admin", title="New site", again=new_site_form)
def create_site(visit: Visit) -> Answer:
    """Create it and go on to its installation."""
    site = visit.desk.sites.create(
        name=visit.text("name", most=200),
        origins=read_origins(visit.text("origins", most=4_000)),
        actor=visit.caller.actor,
    )
    return gone_to(f"/console/sites/{site.site_id}/install")


@page("GET", "/console/sites/<site_id>", role="moderator", title="Site")
def site_home(visit: Visit) -> Answer:
    """Lead to the page that shows what is going on."""
    return gone_to(f"/console/sites/{visit.site.site_id}/usage")
