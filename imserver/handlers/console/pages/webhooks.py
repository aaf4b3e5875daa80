"""Webhooks: what the site's own server is told of, and how that went."""

from imserver.errors import InvalidRequest
from imserver.handlers.console.table import Answer, Visit, gone_to, notice, page, shown
from imserver.protocol.types.hooks import WebhookEventType
from imserver.store.webhooks import Post

HERE = "/console/sites/<site_id>/webhooks"
DELETED = notice("webhook-deleted", "The webhook is gone; what it has not heard it will not hear.")
SWITCHED = notice("webhook-switched", "Saved. Switched on again, it goes on where it stopped.")
POSTS_SHOWN = 10
OK = range(200, 300)
# What each kind tells, for whoever chooses.
TOLD = {
    WebhookEventType.MESSAGE_CREATED: "Somebody has written; with the words from rooms and to your bots.",
    WebhookEventType.MESSAGE_CHANGED: "A message was edited or deleted.",
    WebhookEventType.USER_CREATED: "A member has come for the first time.",
    WebhookEventType.REPORT_CREATED: "A member has reported somebody.",
    WebhookEventType.BAN_ADDED: "Somebody was banned.",
    WebhookEventType.BAN_LIFTED: "A ban was lifted.",
}


@page("GET", HERE, role="owner", title="Webhooks", nav="Webhooks")
def webhooks(visit: Visit) -> Answer:
    """List them with their last requests."""
    return _page(visit)


@page("POST", HERE + "/add", role="owner", title="Webhooks", again=webhooks)
def add_webhook(visit: Visit) -> Answer:
    """Add one and show its secret, once."""
    events = [each for each in WebhookEventType if visit.ticked(each)]
    if not events:
        raise InvalidRequest("Choose at least one event.")
    url = visit.required("url", most=2_000)
    added = visit.desk.webhooks.add(visit.site.site_id, url=url, events=events, actor=visit.caller.actor)
    return _page(visit, secret=added.secret)


@page("POST", HERE + "/switch", role="owner", title="Webhooks", again=webhooks)
def switch_webhook(visit: Visit) -> Answer:
    """Switch one on or off."""
    webhook_id, enabled = visit.required("webhook", most=40), visit.ticked("enabled")
    visit.desk.webhooks.change(
        visit.site.site_id, webhook_id, url=None, events=None, enabled=enabled, actor=visit.caller.actor
    )
    return gone_to(f"/console/sites/{visit.site.site_id}/webhooks", done=SWITCHED)


@page("POST", HERE + "/delete", role="owner", title="Webhooks", again=webhooks)
def delete_webhook(visit: Visit) -> Answer:
    """Delete one."""
    webhook_id = visit.required("webhook", most=40)
    visit.desk.webhooks.delete(visit.site.site_id, webhook_id, actor=visit.caller.actor)
    return gone_to(f"/console/sites/{visit.site.site_id}/webhooks", done=DELETED)


@page("POST", HERE + "/test", role="owner", title="Webhooks", again=webhooks)
def try_webhook(visit: Visit) -> Answer:
    """Send a test event now, and say what came back."""
    webhook_id = visit.required("webhook", most=40)
    return _page(visit, tried=visit.desk.webhooks.test(visit.site.site_id, webhook_id))


@page("POST", HERE + "/again", role="owner", title="Webhooks", again=webhooks)
def send_again(visit: Visit) -> Answer:
    """Send the events of an earlier request once more."""
    number = visit.number("post", least=0, most=2**53)
    webhook_id = visit.required("webhook", most=40)
    return _page(visit, tried=visit.desk.webhooks.send_again(visit.site.site_id, webhook_id, number))


def _page(visit: Visit, *, secret: str = "", tried: Post | None = None) -> Answer:
    site_id = visit.site.site_id
    found = visit.desk.webhooks.list_webhooks(site_id)
    posts = {
        one.webhook_id: visit.desk.webhooks.posts(site_id, one.webhook_id, before=None, limit=POSTS_SHOWN)
        for one in found
    }
    return shown(
        "webhooks.html",
        webhooks=found,
        posts=posts,
        types=list(WebhookEventType),
        told=TOLD,
        chosen=set(visit.form) if visit.error else {WebhookEventType.REPORT_CREATED},
        url=visit.form.get("url", "") if visit.error else "",
        secret=secret,
        tried=tried,
        ok=OK,
        now_ms=visit.desk.now_ms(),
    )
