"""The calls of the server API, declared once: as in API v1, Flask, OpenAPI and the tests read this table."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Any, cast

from msgspec import Struct

from imserver.handlers.routes import JSON, Handler, Limit, NoQuery, PageCursor, Route
from imserver.limits import Bucket
from imserver.metrics import Metrics
from imserver.protocol.types import Answer, Request
from imserver.services.key_gate import KeyGate
from imserver.services.member_data import MemberData
from imserver.services.site_bans import SiteBans
from imserver.services.site_desk import SiteDesk
from imserver.services.site_rooms import SiteRoomDesk
from imserver.services.site_voice import SiteVoice
from imserver.services.webhooks import WebhookDesk
from imserver.store.usage import Usage

PREFIX = "/server/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerServices:
    """What the handlers call. ``calls`` says how many calls a key has left."""

    gate: KeyGate
    desk: SiteDesk
    voice: SiteVoice
    rooms: SiteRoomDesk
    bans: SiteBans
    data: MemberData
    webhooks: WebhookDesk
    calls: Bucket
    usage: Usage
    metrics: Metrics
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    body_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerCall:
    """One request, parsed, of the site to which its key belongs."""

    body: Any
    query: Any
    path: dict[str, str]
    site_id: str
    key_id: str

    @property
    def actor(self) -> str:
        """Who asks, for the record."""
        return f"key:{self.key_id}"


class IdPageQuery(Struct, frozen=True, forbid_unknown_fields=True):
    cursor: PageCursor | None = None
    limit: Limit | None = None


ServerHandler = Callable[[ServerServices, ServerCall], Any]
SERVER_ROUTES: list[Route] = []
# By name: what the owner of a suspended site may still do is to leave, with everything.
CALLS_WHEN_SUSPENDED: set[str] = set()


def server_call(
    method: str,
    path: str,
    *,
    takes: type[Request] | None = None,
    gives: type[Answer] | None = None,
    query: type[Struct] = NoQuery,
    status: int = 200,
    media_type: str = JSON,
    when_suspended: bool = False,
) -> Callable[[ServerHandler], ServerHandler]:
    """Declare the function below as the handler of a call; ``path`` is what comes after ``/server/v1``.

    ``when_suspended``: it is answered also while the site is out of service.
    """

    def declare(handler: ServerHandler) -> ServerHandler:
        route = Route(
            method=method,
            path=PREFIX + path,
            handler=cast(Handler, handler),
            takes=takes,
            gives=gives,
            query=query,
            status=status,
            signed_in=True,
            websocket=False,
            media_type=media_type,
            is_raw=False,
        )
        SERVER_ROUTES.append(route)
        if when_suspended:
            CALLS_WHEN_SUSPENDED.add(route.name)
        return handler

    return declare
