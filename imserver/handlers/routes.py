"""The calls of API v1, declared once: Flask's rules, OpenAPI and the permission test all read this table."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any

from msgspec import Meta, Struct

from imserver.limits import Limits
from imserver.metrics import Metrics
from imserver.protocol import types
from imserver.protocol.cursor import START
from imserver.services.conversations import Conversations
from imserver.services.files import Files
from imserver.services.groups import Groups
from imserver.services.guests import Guests
from imserver.services.identity import Identity
from imserver.services.messages import Messages
from imserver.services.moderation import Moderation
from imserver.services.people import People
from imserver.services.privacy import Privacy
from imserver.services.receiving import Receiving
from imserver.services.search import Search
from imserver.services.typing import Typing
from imserver.store.values import Session
from imserver.transports.poll import PollTransport
from imserver.transports.streams import Streams

JSON = "application/json"
Limit = Annotated[int, Meta(ge=1, le=200, description="How many at the most; each call has its own bound.")]
Seq = Annotated[int, Meta(ge=0, le=2**53)]
PageCursor = Annotated[str, Meta(max_length=1_024, description="`next_cursor` of the page before.")]

Offset = Annotated[
    int, Meta(ge=0, le=10_000_000, description="Pass over so many, instead of a `cursor`; not with `q`.")
]


class NoQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """A call without query parameters."""


class PageQuery(Struct, frozen=True, forbid_unknown_fields=True):
    cursor: PageCursor | None = None
    limit: Limit | None = None


class ContactQuery(Struct, frozen=True, forbid_unknown_fields=True):
    filter: Annotated[str, Meta(description="`friends`, `online`, `others` or `everyone`.")] = "friends"
    q: Annotated[str, Meta(description="The beginning of any word of the name.")] = ""
    cursor: PageCursor | None = None
    offset: Offset = 0
    limit: Limit | None = None


class HistoryQuery(Struct, frozen=True, forbid_unknown_fields=True):
    before_seq: Seq | None = None
    after_seq: Seq | None = None
    around_seq: Seq | None = None
    limit: Limit | None = None


class SearchQuery(Struct, frozen=True, forbid_unknown_fields=True):
    q: Annotated[
        str, Meta(description="Words, all of which a message has; the last may be the beginning of one.")
    ]
    conversation_id: Annotated[types.ConversationId, Meta(description="Look in this one only.")] | None = None
    cursor: PageCursor | None = None
    limit: Limit | None = None


class StreamQuery(Struct, frozen=True, forbid_unknown_fields=True):
    ticket: Annotated[str, Meta(max_length=256, description="From `POST /v1/tickets`.")]
    cursor: Annotated[str, Meta(max_length=32)] = str(START)
    rooms: Annotated[
        str,
        Meta(
            max_length=512,
            description="At most 8 rooms to hear, by commas: each an id, or `id:cursor` to go on from there.",
        ),
    ] = ""


class UploadQuery(Struct, frozen=True, forbid_unknown_fields=True):
    conversation_id: types.ConversationId
    name: Annotated[str, Meta(max_length=1_000, description="As the person's machine has it.")] = ""
    duration_ms: Annotated[int, Meta(ge=0, le=86_400_000, description="Of a recording.")] | None = None
    waveform: (
        Annotated[
            str, Meta(pattern=r"^(\d{1,3}(,\d{1,3}){0,63})?$", description="Up to 64 levels, 0 to 100.")
        ]
        | None
    ) = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the handlers call. ``public_url`` is empty where the request's own host is right."""

    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    identity: Identity
    conversations: Conversations
    messages: Messages
    receiving: Receiving
    people: People
    search: Search
    groups: Groups
    privacy: Privacy
    moderation: Moderation
    guests: Guests
    typing: Typing
    files: Files
    poll: PollTransport
    sockets: Streams
    event_streams: Streams
    is_full: Callable[[], bool]
    hello_seconds: float
    limits: Limits
    metrics: Metrics
    public_url: str
    body_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, parsed. ``session`` is None only where the route lets anyone in."""

    body: Any
    query: Any
    path: dict[str, str]
    session: Session
    origin: str | None


Handler = Callable[[Services, Call], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """``path`` in OpenAPI's form. ``signed_in`` routes need a session; the poll has it in its body.

    One that answers with something else than JSON names its ``media_type``, and ``gives`` nothing. One whose
    body is a file (``is_raw``) reads it itself.
    """

    method: str
    path: str
    handler: Handler
    takes: type[types.Request] | None
    gives: type[types.Answer] | None
    query: type[Struct]
    status: int
    signed_in: bool
    websocket: bool
    media_type: str
    is_raw: bool

    @property
    def name(self) -> str:
        """The handler's name, which is also OpenAPI's operationId."""
        return self.handler.__name__

    @property
    def rule(self) -> str:
        """The path in Flask's form. A host's user ids may hold slashes."""
        return re.sub(r"\{(\w+)\}", lambda m: f"<{'path:' if m[1] == 'user_id' else ''}{m[1]}>", self.path)


ROUTES: list[Route] = []


def call(
    method: str,
    path: str,
    *,
    takes: type[types.Request] | None = None,
    gives: type[types.Answer] | None = None,
    query: type[Struct] = NoQuery,
    status: int = 200,
    signed_in: bool = True,
    websocket: bool = False,
    media_type: str = JSON,
    is_raw: bool = False,
) -> Callable[[Handler], Handler]:
    """Declare the function below as the handler of a call."""

    def declare(handler: Handler) -> Handler:
        route = Route(
            method=method,
            path=path,
            handler=handler,
            takes=takes,
            gives=gives,
            query=query,
            status=status,
            signed_in=signed_in,
            websocket=websocket,
            media_type=media_type,
            is_raw=is_raw,
        )
        ROUTES.append(route)
        return handler

    return declare
