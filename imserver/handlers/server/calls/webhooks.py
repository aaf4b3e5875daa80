"""Webhooks: where the site wants to hear of what happens."""

from msgspec import UNSET

from imserver.errors import InvalidCursor, NotFound
from imserver.handlers.server.routes import IdPageQuery, ServerCall, ServerServices, server_call
from imserver.protocol.types import hooks as wire
from imserver.services.conversations import within
from imserver.services.webhooks import POSTS_LIMIT
from imserver.store.webhooks import Post, Webhook

WEBHOOK = "/webhooks/{webhook_id}"
# A number of requests that the database can hold.
NUMBER_DIGITS = 15


@server_call("GET", "/webhooks", gives=wire.WebhookList)
def server_list_webhooks(services: ServerServices, call: ServerCall) -> wire.WebhookList:
    """List the site's webhooks and how they are."""
    return wire.WebhookList(data=[_shown(each) for each in services.webhooks.list_webhooks(call.site_id)])


@server_call("POST", "/webhooks", takes=wire.NewWebhook, gives=wire.WebhookMade, status=201)
def server_add_webhook(services: ServerServices, call: ServerCall) -> wire.WebhookMade:
    """Add a webhook, at most five; the secret that signs what it gets is in this answer only."""
    made = services.webhooks.add(call.site_id, url=call.body.url, events=call.body.events, actor=call.actor)
    fields = {name: getattr(_shown(made), name) for name in wire.ServerWebhook.__struct_fields__}
    return wire.WebhookMade(**fields, secret=made.secret)


@server_call("PATCH", WEBHOOK, takes=wire.ChangeWebhook, gives=wire.ServerWebhook)
def server_change_webhook(services: ServerServices, call: ServerCall) -> wire.ServerWebhook:
    """Change a webhook's address or events, or switch it off and on."""
    body = call.body
    changed = services.webhooks.change(
        call.site_id,
        call.path["webhook_id"],
        url=None if body.url is UNSET else body.url,
        events=None if body.events is UNSET else body.events,
        enabled=None if body.enabled is UNSET else body.enabled,
        actor=call.actor,
    )
    return _shown(changed)


@server_call("DELETE", WEBHOOK, status=204)
def server_delete_webhook(services: ServerServices, call: ServerCall) -> None:
    """Delete a webhook."""
    services.webhooks.delete(call.site_id, call.path["webhook_id"], actor=call.actor)


@server_call("POST", WEBHOOK + "/test", gives=wire.WebhookPost)
def server_test_webhook(services: ServerServices, call: ServerCall) -> wire.WebhookPost:
    """Send one `webhook.test` event now and say how it went."""
    return _post(services.webhooks.test(call.site_id, call.path["webhook_id"]))


@server_call("GET", WEBHOOK + "/posts", query=IdPageQuery, gives=wire.WebhookPostPage)
def server_list_webhook_posts(services: ServerServices, call: ServerCall) -> wire.WebhookPostPage:
    """List the last requests to a webhook, the newest first; the last 100 are kept."""
    cursor = call.query.cursor
    if cursor is not None and not _is_number(cursor):
        raise InvalidCursor
    found = services.webhooks.posts(
        call.site_id,
        call.path["webhook_id"],
        before=None if cursor is None else int(cursor),
        limit=call.query.limit,
    )
    most = within(POSTS_LIMIT, call.query.limit)
    next_cursor = str(found[most - 1].post_number) if len(found) > most else None
    return wire.WebhookPostPage(data=[_post(each) for each in found[:most]], next_cursor=next_cursor)


@server_call("POST", WEBHOOK + "/posts/{number}/again", gives=wire.WebhookPost)
def server_send_again(services: ServerServices, call: ServerCall) -> wire.WebhookPost:
    """Send the events of an earlier request once more, under the same ids, and say how it went."""
    if not _is_number(call.path["number"]):
        raise NotFound
    return _post(
        services.webhooks.send_again(call.site_id, call.path["webhook_id"], int(call.path["number"]))
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS


def _shown(webhook: Webhook) -> wire.ServerWebhook:
    return wire.ServerWebhook(
        id=webhook.webhook_id,
        url=webhook.url,
        events=[wire.WebhookEventType(each) for each in webhook.events],
        enabled=webhook.enabled,
        reason=webhook.reason,
        tries=webhook.tries,
        due_at=webhook.due_at,
        failing_since=webhook.failing_since,
        created_at=webhook.created_at,
    )


def _post(post: Post) -> wire.WebhookPost:
    return wire.WebhookPost(
        number=post.post_number,
        kind=post.kind,
        first_event=post.first_number,
        last_event=post.last_number,
        events=post.events_count,
        status=post.status,
        error=post.error,
        took_ms=post.took_ms,
        created_at=post.created_at,
    )
