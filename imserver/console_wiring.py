"""The parts of the owner console, made from the settings and from those below it."""

import time
from collections.abc import Callable
from ipaddress import ip_network

from imserver.handlers.console.desk import Desk
from imserver.limits import Bucket
from imserver.outgoing import make_outgoing
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
from imserver.settings import ROOT, Settings
from imserver.store import Store

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
# Of one site; each may fetch a page and a token from somebody else's server.
CHECKS_PER_MINUTE = 30


def make_desk(
    settings: Settings,
    store: Store,
    moderation: Moderation,
    webhooks: WebhookDesk,
    member_data: MemberData,
    *,
    now_ms: Callable[[], int],
) -> Desk:
    """Return what the console's pages call."""
    console = settings.console
    tries = Bucket(per_minute=console.tries_per_minute, clock=time.monotonic)
    return Desk(
        store=store,
        owners=Owners(
            store,
            lifetime_ms=console.lifetime_hours * HOUR_MS,
            idle_ms=console.idle_minutes * MINUTE_MS,
            tries=tries,
            visits=Bucket(per_minute=console.sign_ins_per_minute, clock=time.monotonic),
            now_ms=now_ms,
        ),
        team=Team(store, tries=tries),
        sites=SiteChanges(store),
        usage=UsageDesk(store, now_ms=now_ms),
        preview=Preview(store, now_ms=now_ms),
        checker=Checker(
            make_outgoing(settings),
            visits=Bucket(per_minute=CHECKS_PER_MINUTE, clock=time.monotonic),
            skew_seconds=settings.sessions.clock_skew_seconds,
            now_ms=now_ms,
        ),
        moderation=moderation,
        member_data=member_data,
        snippets=Snippets(ROOT / "integrations" / "tokens"),
        webhooks=webhooks,
        trusted_proxies=tuple(ip_network(text) for text in settings.server.trusted_proxies),
        public_url=settings.server.public_url,
        now_ms=now_ms,
    )
