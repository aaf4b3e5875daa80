"""Following a link that works once: an invitation, or a new password.

The secret stands behind the # of the address, which browsers send to nobody; a script puts it into the form.
"""

from imserver.handlers.console.gate import require_privacy
from imserver.handlers.console.table import ANYONE, Answer, Visit, gone_to, notice, page, shown
from imserver.store.owner_links import NEW_PASSWORD

JOINED = notice("joined", "Done. Sign in now.")
LINK_CHARACTERS = 100


@page("GET", "/console/join", role=ANYONE, title="Your link")
def join_form(visit: Visit) -> Answer:
    """Show what the link gives, or ask for its secret."""
    secret = visit.form.get("link", "").strip()
    if not secret:
        return shown("join.html", link="", found=None, account=None, site_name="", name="")
    link, account = visit.desk.team.read_link(secret)
    site_name = visit.desk.store.sites.require_site(link.site_id).name if link.site_id else ""
    keeps = account is not None and link.role != NEW_PASSWORD
    return shown(
        "join.html",
        link=secret,
        found=link,
        account=account if keeps else None,
        site_name=site_name,
        name=visit.form.get("name", "") or (account.name if account else ""),
    )


@page("POST", "/console/join", role=ANYONE, title="Your link", again=join_form)
def look_at_link(visit: Visit) -> Answer:
    """Show what a link gives before it is used: programs that look at mails use nothing up."""
    visit.required("link", most=LINK_CHARACTERS)
    return join_form(visit)


@page("POST", "/console/join/use", role=ANYONE, title="Your link", again=join_form)
def use_link(visit: Visit) -> Answer:
    """Take what the link gives."""
    require_privacy()
    visit.desk.team.follow_link(
        visit.required("link", most=LINK_CHARACTERS),
        name=visit.text("name", most=200),
        password=visit.secret_text("password"),
    )
    return gone_to("/console/sign-in", done=JOINED)
