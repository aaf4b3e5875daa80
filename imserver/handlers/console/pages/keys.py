"""Signing keys, which the host's server signs members' tokens with, and API keys, which it calls us with."""

from typing import NamedTuple

from imserver.handlers.console.table import Answer, Visit, gone_to, notice, page, shown

HERE = "/console/sites/<site_id>/keys"
RETIRED = notice("key-retired", "The key is gone; what was signed with it is no longer taken.")
API_RETIRED = notice("api-key-retired", "The API key is gone; calls with it are refused from now on.")


class Fresh(NamedTuple):
    """A key that was just made, whose secret is shown this once."""

    heading: str
    hint: str
    text: str


@page("GET", HERE, role="owner", title="Keys", nav="Keys")
def keys(visit: Visit) -> Answer:
    """List them with their age."""
    return _page(visit)


@page("POST", HERE + "/add", role="owner", title="Keys", again=keys)
def add_key(visit: Visit) -> Answer:
    """Add a signing key and show its secret, once."""
    kid, secret = visit.desk.sites.add_key(visit.site, actor=visit.caller.actor)
    hint = "Its secret is shown this one time. It belongs on your server, never in a page."
    return _page(visit, fresh=Fresh("Your new signing key", hint, f"key id  {kid}\nsecret  {secret}"))


@page("POST", HERE + "/retire", role="owner", title="Keys", again=keys, when_suspended=True)
def retire_key(visit: Visit) -> Answer:
    """Delete a signing key."""
    visit.desk.sites.retire_key(visit.site, visit.required("key", most=40), actor=visit.caller.actor)
    return gone_to(f"/console/sites/{visit.site.site_id}/keys", done=RETIRED)


@page("POST", HERE + "/add-api-key", role="owner", title="Keys", again=keys)
def add_api_key(visit: Visit) -> Answer:
    """Add an API key and show it, once."""
    label = visit.text("label", most=200)
    _, text = visit.desk.sites.add_api_key(visit.site, label=label, actor=visit.caller.actor)
    hint = "It is shown this one time, and may do everything that the server API does on this site."
    return _page(visit, fresh=Fresh("Your new API key", hint, text))


@page("POST", HERE + "/retire-api-key", role="owner", title="Keys", again=keys, when_suspended=True)
def retire_api_key(visit: Visit) -> Answer:
    """Delete an API key."""
    key_id = visit.required("key", most=40)
    visit.desk.sites.retire_api_key(visit.site, key_id, actor=visit.caller.actor)
    return gone_to(f"/console/sites/{visit.site.site_id}/keys", done=API_RETIRED)


def _page(visit: Visit, *, fresh: Fresh | None = None) -> Answer:
    return shown(
        "keys.html",
        keys=visit.desk.store.sites.list_keys(visit.site.site_id),
        api_keys=visit.desk.store.api_keys.list_keys(visit.site.site_id),
        fresh=fresh,
        now_ms=visit.desk.now_ms(),
    )
