"""The parts that ``app`` wires, each made from the settings and from those below it."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from imserver.bus import Bus, make_bus
from imserver.files.opening import open_storage
from imserver.files.spool import Spool
from imserver.handlers.api import Services
from imserver.handlers.quick import QuickDoor
from imserver.handlers.server.routes import ServerServices
from imserver.limits import Bucket, Limits
from imserver.metrics import Metrics
from imserver.monitor import Monitor, Periods
from imserver.outgoing import Outgoing, make_outgoing
from imserver.parking import ParkingLot
from imserver.router import Router
from imserver.services.conversations import Conversations
from imserver.services.courier import Courier
from imserver.services.delivery import Delivery
from imserver.services.files import Files
from imserver.services.friend_lists import FriendLists
from imserver.services.groups import Groups
from imserver.services.guests import Guests
from imserver.services.identity import Identity
from imserver.services.key_gate import KeyGate
from imserver.services.mail import Mail
from imserver.services.member_data import MemberData
from imserver.services.messages import Messages
from imserver.services.moderation import Moderation
from imserver.services.people import People
from imserver.services.privacy import Privacy
from imserver.services.receiving import Receiving
from imserver.services.recent import RecentSessions
from imserver.services.search import Search
from imserver.services.site_bans import SiteBans
from imserver.services.site_desk import SiteDesk
from imserver.services.site_rooms import SiteRoomDesk
from imserver.services.site_voice import SiteVoice
from imserver.services.typing import Typing
from imserver.services.webhook_posts import WebhookPosts
from imserver.services.webhooks import WebhookDesk
from imserver.settings import ROOT, Settings
from imserver.smtp import MailServer
from imserver.store import Store, open_store
from imserver.transports.together import Transports

PAGE_BYTES = resource.getpagesize()


def resident_bytes() -> int:
    """Return what this process holds of the machine's memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES


def wall_ms() -> int:
    """Return milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


def make_store(settings: Settings) -> Store:
    """Return the store; nothing is connected yet."""
    return open_store(
        store_url=settings.store.url,
        pool_size=settings.store.pool_size,
        cache_url=settings.cache.url,
        cache_prefix=settings.cache.prefix,
        now_ms=wall_ms,
        site_per_second=settings.limits.site_messages_per_second,
    )


def make_worker_bus(settings: Settings, worker_id: str) -> Bus:
    """Return the bus of this worker, not opened yet."""
    channel = f"{settings.cache.prefix}:bus"
    return make_bus(folder=settings.bus_folder(), worker_id=worker_id, url=settings.bus.url, channel=channel)


def make_delivery(router: Router, bus: Bus, metrics: Metrics) -> Delivery:
    """Return what tells this worker's router and the other workers."""
    return Delivery(
        router, bus.publish, publish_near=bus.publish_near, is_alone=bus.is_alone, metrics=metrics
    )


def make_periods(settings: Settings) -> Periods:
    """Return the monitor's."""
    return Periods(
        sweep=settings.delivery.sweep_seconds,
        batch=settings.presence.batch_seconds,
        beat=settings.presence.beat_seconds,
        buried=max(settings.presence.offline_seconds, settings.presence.dead_seconds),
    )


def make_services(
    settings: Settings,
    store: Store,
    delivery: Delivery,
    transports: Transports,
    metrics: Metrics,
    *,
    is_full: Callable[[], bool],
) -> Services:
    """Return what the handlers call."""
    conversations = Conversations(store)
    return Services(
        identity=Identity(
            store,
            lifetime_ms=settings.sessions.lifetime_seconds * 1000,
            skew_seconds=settings.sessions.clock_skew_seconds,
            now_ms=wall_ms,
            session_ended=delivery.tell_session_ended,
        ),
        conversations=conversations,
        messages=Messages(store, edit_seconds=settings.messages.edit_seconds),
        receiving=Receiving(store.writer),
        groups=Groups(store, delivery, conversations, transports.readers),
        people=People(store, delivery),
        search=Search(store),
        files=make_files(settings, store),
        privacy=Privacy(store, delivery),
        moderation=Moderation(store, delivery),
        guests=Guests(store),
        typing=Typing(store, delivery, clock=time.monotonic),
        poll=transports.poll,
        sockets=transports.sockets,
        event_streams=transports.event_streams,
        is_full=is_full,
        hello_seconds=settings.delivery.hello_seconds,
        limits=Limits(
            messages_per_minute=settings.limits.messages_per_minute,
            guest_messages_per_minute=settings.limits.guest_messages_per_minute,
            reports_per_minute=settings.limits.reports_per_minute,
            sign_ins_per_minute=settings.limits.sign_ins_per_minute,
            searches_per_minute=settings.limits.searches_per_minute,
            changes_per_minute=settings.limits.changes_per_minute,
            clock=time.monotonic,
        ),
        metrics=metrics,
        trusted_proxies=tuple(ip_network(text) for text in settings.server.trusted_proxies),
        public_url=settings.server.public_url,
        body_bytes=settings.limits.body_bytes,
    )


def make_files(settings: Settings, store: Store) -> Files:
    """Return the calls of files, and what keeps them."""
    folder = ROOT / settings.files.folder
    return Files(
        store,
        open_storage(settings.files, folder=folder),
        spool=Spool(folder / "incoming"),
        settings=settings,
        now_ms=wall_ms,
    )


def make_mail(settings: Settings, store: Store, conversations: Conversations) -> Mail:
    """Return who writes mails; without a mail server nobody does."""
    mail, server = settings.mail, MailServer.parse(settings.mail.url) if settings.mail.url else None
    delay_ms = round(mail.delay_minutes * 60_000)
    store.mail.delay_ms = delay_ms if server else None
    return Mail(
        store,
        conversations,
        server=server,
        sender=mail.sender,
        public_url=settings.server.public_url,
        delay_ms=delay_ms,
        link_days=mail.link_days,
        now_ms=wall_ms,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSide:
    """What a site's own server uses, and what calls that server."""

    outgoing: Outgoing
    services: ServerServices
    courier: Courier
    friend_lists: FriendLists

    def start(self) -> None:
        """Begin to bring events and to fetch lists."""
        self.courier.start()
        self.friend_lists.start()

    def stop(self) -> None:
        """End both."""
        self.courier.stop()
        self.friend_lists.stop()


def make_site_side(
    settings: Settings, store: Store, delivery: Delivery, services: Services, *, worker_id: str
) -> SiteSide:
    """Return it; nothing runs before ``start``."""
    outgoing, limits = make_outgoing(settings), settings.limits
    patience = settings.outgoing.timeout_seconds
    posts = WebhookPosts(store, outgoing, timeout_seconds=patience, now_ms=wall_ms)
    friend_lists = FriendLists(store, outgoing, timeout_seconds=patience, now_ms=wall_ms)
    server = ServerServices(
        gate=KeyGate(
            store.api_keys,
            failures=Bucket(per_minute=limits.wrong_keys_per_minute, clock=time.monotonic),
            metrics=services.metrics,
        ),
        desk=SiteDesk(store, friend_lists),
        voice=SiteVoice(store, services.conversations),
        rooms=SiteRoomDesk(store, delivery),
        bans=SiteBans(store, services.moderation),
        data=make_member_data(settings, store, delivery),
        webhooks=WebhookDesk(store, outgoing, posts, now_ms=wall_ms),
        calls=Bucket(per_minute=limits.server_calls_per_minute, clock=time.monotonic),
        usage=store.usage,
        metrics=services.metrics,
        trusted_proxies=services.trusted_proxies,
        body_bytes=limits.server_body_bytes,
    )
    courier = Courier(store, posts, worker_id=worker_id[:32], now_ms=wall_ms)
    follow = services.metrics.follow_counter
    follow("hook_events_delivered", "Events that webhooks have taken.", lambda: courier.delivered_count)
    follow("hook_posts_failed", "Requests that webhooks did not take.", lambda: courier.failed_count)
    return SiteSide(outgoing=outgoing, services=server, courier=courier, friend_lists=friend_lists)


def make_member_data(settings: Settings, store: Store, delivery: Delivery) -> MemberData:
    """Return what exports and erases."""
    storage = open_storage(settings.files, folder=ROOT / settings.files.folder)
    return MemberData(store, storage, session_ended=delivery.tell_session_ended)


def make_quick(
    settings: Settings, services: Services, store: Store, delivery: Delivery, monitor: Monitor
) -> QuickDoor:
    """Return the quick way in, which forgets sessions as they end and renews what the sweep finds."""
    recent = RecentSessions(services.identity.require_sessions, now_ms=wall_ms, clock=time.monotonic)
    end = delivery.on_session_ended

    def end_and_forget(session_id: bytes) -> None:
        recent.forget(session_id)
        end(session_id)

    delivery.on_session_ended = end_and_forget
    monitor.on_live_sessions = recent.renew
    return QuickDoor(services, recent, load_heads=store.log.load_heads, is_on=not settings.log.requests)


def follow_parts(
    metrics: Metrics,
    store: Store,
    lot: ParkingLot,
    transports: Transports,
    bus: Bus,
    *,
    settings: Settings,
) -> None:
    """Show the numbers of these parts on /metrics."""
    gauge, counter = metrics.follow_gauge, metrics.follow_counter
    gauge("parked", "Connections in the parking lot.", lambda: len(lot))
    gauge(
        "connections_limit",
        "Connections that the workers may hold.",
        lambda: settings.server.connections,
    )
    gauge("resident_bytes", "Memory of the workers; what they share counts in each.", resident_bytes)
    gauge("polls_waiting", "Long polls that wait for news.", lambda: len(transports.poll))
    gauge("sockets_open", "WebSockets.", lambda: len(transports.sockets))
    gauge("event_streams_open", "Streams of server-sent events.", lambda: len(transports.event_streams))
    gauge("buffered_bytes", "What waits for slow readers.", lambda: transports.outbox.waiting_bytes)
    gauge("jobs_waiting", "Sends and read marks that wait for a commit.", store.writer.waiting_count)
    counter("hints_lost", "Hints that a worker could not be sent.", bus.lost_count)
    counter("commits", "Transactions of the writer.", lambda: store.writer.commits_count)
    counter("messages_stored", "Messages that were stored.", lambda: store.writer.messages_count)
    counter(
        "messages_indexed", "Messages that were taken into the index.", lambda: store.search_index.taken_count
    )
    counter("cache_hits", "Values that the cache had.", lambda: store.cache.hits)
    counter("cache_misses", "Values that the cache had not.", lambda: store.cache.misses)
    counter("cache_failures", "Questions that no cache server answered.", lambda: store.cache.failures)
