"""What the pages of the console call."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from imserver.services.checker import Checker
from imserver.services.member_data import MemberData
from imserver.services.moderation import Moderation
from imserver.services.owners import Owners
from imserver.services.preview import Preview
from imserver.services.site_changes import SiteChanges
from imserver.services.snippets import Snippets
from imserver.services.team import Team
from imserver.services.usage import UsageDesk
from imserver.services.webhooks import WebhookDesk
from imserver.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """``public_url`` is empty where the request's own host is right. New pages add their services here."""

    store: Store
    owners: Owners
    team: Team
    sites: SiteChanges
    usage: UsageDesk
    preview: Preview
    checker: Checker
    snippets: Snippets
    webhooks: WebhookDesk
    moderation: Moderation
    member_data: MemberData
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    public_url: str
    now_ms: Callable[[], int]
