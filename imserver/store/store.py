"""The store: one database, one cache, and the parts that know what is true."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from imserver.errors import SettingsError
from imserver.protocol.types import State
from imserver.store.api_keys import ApiKeys
from imserver.store.audit import Audit
from imserver.store.bans import Bans
from imserver.store.blocks import Blocks
from imserver.store.bots import Bots
from imserver.store.cache import Backend, open_cache
from imserver.store.changes import Changes
from imserver.store.contacts import Contacts
from imserver.store.conversations import Conversations
from imserver.store.database import Database, Row
from imserver.store.edits import Edits
from imserver.store.erasing import Erasing
from imserver.store.exports import Exports
from imserver.store.files import Files
from imserver.store.first_friends import FirstFriends
from imserver.store.friend_pulls import FriendPulls
from imserver.store.groups import Groups
from imserver.store.growth import GrowthTable
from imserver.store.hearers import HearerTable
from imserver.store.held import HeldMessages
from imserver.store.history import History
from imserver.store.house import Houses
from imserver.store.imports import Imports
from imserver.store.installation import Installation
from imserver.store.kept_sessions import KeptSessions
from imserver.store.log import Log
from imserver.store.mail import MailQueue
from imserver.store.marks import Marks
from imserver.store.members import Members
from imserver.store.migrations import load_table_sizes
from imserver.store.owner_links import OwnerLinks
from imserver.store.owner_sessions import OwnerSessions
from imserver.store.owners import Owners
from imserver.store.people import People
from imserver.store.pins import Pins
from imserver.store.preferences import Preferences
from imserver.store.presence import PresenceTable
from imserver.store.reach import Reach
from imserver.store.reactions import Reactions
from imserver.store.report_queue import ReportQueue
from imserver.store.reports import Reports
from imserver.store.requests import Requests
from imserver.store.retention import Retention
from imserver.store.rooms import Rooms
from imserver.store.roster import Roster
from imserver.store.search import Search
from imserver.store.search_index import SearchIndex
from imserver.store.sessions import Sessions
from imserver.store.sign_ins import SignIns
from imserver.store.simulation import Simulator
from imserver.store.site_friends import SiteFriends
from imserver.store.site_members import SiteMembers
from imserver.store.site_people import SitePeople
from imserver.store.site_rooms import SiteRooms
from imserver.store.sites import Sites
from imserver.store.snapshot import Snapshots
from imserver.store.sqlite import SqliteDatabase
from imserver.store.tickets import Tickets
from imserver.store.turns import Turns
from imserver.store.upkeep import Upkeep
from imserver.store.usage import Usage
from imserver.store.used_tokens import UsedTokens
from imserver.store.warnings import Warnings
from imserver.store.webhook_queue import WebhookQueue
from imserver.store.webhooks import Webhooks
from imserver.store.writer import Writer

if TYPE_CHECKING:
    from imserver.store.mysql_pool import Address


def wall_clock_ms() -> int:
    """Return milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


class Store:
    """What is true. Its parts share the database and the cache and nothing else."""

    def __init__(
        self,
        database: Database,
        cache: Backend,
        *,
        cache_prefix: str = "im",
        now_ms: Callable[[], int] = wall_clock_ms,
        site_per_second: int = 0,
    ) -> None:
        self.database = database
        self.cache = cache
        self._now_ms = now_ms
        self.sites = Sites(database, now_ms=now_ms)
        self.installation = Installation(database, now_ms=now_ms)
        self.first_friends = FirstFriends(database, cache, prefix=cache_prefix)
        secret = self.installation.secret
        kept = self._kept = KeptSessions(cache, prefix=cache_prefix, secret=secret, now_ms=now_ms)
        self.people = People(database, cache, self.first_friends, prefix=cache_prefix, now_ms=now_ms)
        self.roster = Roster(database, self.first_friends, now_ms=now_ms)
        self.contacts = Contacts(database, self.first_friends)
        self.sessions = Sessions(database, kept=kept, now_ms=now_ms)
        self.sign_ins = SignIns(database, self.people, now_ms=now_ms)
        self.tickets = Tickets(database, now_ms=now_ms)
        self.conversations = Conversations(database, now_ms=now_ms)
        self.members = Members(database)
        self.growth = GrowthTable(database)
        self.rooms = Rooms(database)
        self.history = History(database)
        self.files = Files(database, now_ms=now_ms)
        self.imports = Imports(database, now_ms=now_ms)
        self.log = Log(database)
        self.presence = PresenceTable(database, now_ms=now_ms)
        self.hearers = HearerTable(database)
        self.changes = Changes(database, now_ms=now_ms)
        self.warnings = Warnings(database, self.changes)
        self._moderate(database, kept, now_ms=now_ms)
        self.groups = Groups(self.changes)
        self.edits = Edits(self.changes)
        self.reactions = Reactions(self.changes)
        self.pins = Pins(database, self.changes)
        self.marks = Marks(self.changes)
        self.blocks = Blocks(database, self.changes)
        self.preferences = Preferences(database, self.changes)
        self.requests = Requests(self.changes)
        self.exports = Exports(database)
        self.erasing = Erasing(database, kept=kept, now_ms=now_ms)
        self.writer = Writer(database, now_ms=now_ms, site_per_second=site_per_second)
        self.search = Search(database)
        self.search_index = SearchIndex(
            database, now_ms=now_ms, is_busy=lambda: self.writer.waiting_count() > 0
        )
        self.mail = MailQueue(database, now_ms=now_ms)
        used_tokens = UsedTokens(database, now_ms=now_ms)
        self.upkeep = Upkeep(database, self.sessions, self.tickets, used_tokens=used_tokens)
        self.retention = Retention(database, list_sites=self.sites.list_sites, now_ms=now_ms)
        self._snapshots = Snapshots(database, now_ms=now_ms)
        self._serve_sites(database, now_ms=now_ms)
        self._add_console()

    def state(self, site_id: str, user_id: str, conversations_limit: int) -> State:
        """Return everything that a client starts from, as of one moment; raise NotFound."""
        return self._snapshots.load_state(site_id, user_id, conversations_limit)

    def _moderate(self, database: Database, kept: KeptSessions, *, now_ms: Callable[[], int]) -> None:
        """Make what a site's moderators decide by."""
        self.audit = Audit(database, now_ms=now_ms)
        self.reports = Reports(database, now_ms=now_ms)
        self.bans = Bans(database, kept=kept, now_ms=now_ms)
        self.houses = Houses(database, now_ms=now_ms)
        self.held = HeldMessages(database, self.changes, now_ms=now_ms)
        self.report_queue = ReportQueue(database, self.changes, now_ms=now_ms)

    def _serve_sites(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        """Make what a site's owner and its own server use."""
        self.site_members = SiteMembers(database, now_ms=now_ms)
        self.simulator = Simulator(database, now_ms=now_ms)
        self.api_keys = ApiKeys(database, now_ms=now_ms)
        self.bots = Bots(database, self.people, self.sites, now_ms=now_ms)
        self.site_people = SitePeople(database, self.people, now_ms=now_ms)
        self.site_friends = SiteFriends(self.changes, self.first_friends)
        self.site_rooms = SiteRooms(database, self.changes)
        self.friend_pulls = FriendPulls(database, now_ms=now_ms)
        self.turns = Turns(database, now_ms=now_ms)
        self.webhook_queue = WebhookQueue(database, now_ms=now_ms)
        self.webhooks = Webhooks(database, now_ms=now_ms)
        self.webhooks.on_hooked = self.writer.hook
        self.reach = Reach(
            database, self.presence, rules_of=lambda site_id: self.sites.require_site(site_id).rules
        )

    def _add_console(self) -> None:
        """Add what the owner console needs, and let the parts hear of each other."""
        self.writer.on_grown = self._grown
        self.owners = Owners(self.database, now_ms=self._now_ms)
        self.owner_sessions = OwnerSessions(self.database, now_ms=self._now_ms)
        self.owner_links = OwnerLinks(self.database, now_ms=self._now_ms)
        self.usage = Usage(self.database, now_ms=self._now_ms)
        self.writer.on_sent = self.usage.note_messages
        self.sign_ins.on_signed_in = self._signed_in
        for looked_in in (self.people.cache, self.first_friends.cache, self._kept):
            looked_in.on_looked = self.usage.note_looked

    def _signed_in(self, site_id: str, user_id: str) -> None:
        self.friend_pulls.note(site_id, user_id)
        self.usage.note_sign_in(site_id)

    def _grown(self, grown: Sequence[Row]) -> None:
        self.search_index.note(grown)
        self.mail.note(grown)

    def migrate(self) -> list[str]:
        """Apply what is missing of the schema; return the names of it. Safe in several processes at once."""
        return self.database.migrate(now_ms=self._now_ms())

    def plan(self) -> list[str]:
        """Return the names of what ``migrate`` would apply."""
        return self.database.plan()

    def load_table_sizes(self) -> dict[str, tuple[int, int]]:
        """Return (rows, bytes) of each table, as far as the database knows them without looking."""
        return self.database.read(load_table_sizes)

    def ping(self) -> None:
        """Raise Unavailable unless the database answers."""
        self.database.read(lambda tx: tx.rows("ping"))

    def close(self) -> None:
        """Finish the sends and sign-ins that wait, then close every connection."""
        self.writer.close()
        self.sign_ins.close()
        self.database.close()
        self.cache.close()


def open_store(
    *,
    store_url: str,
    pool_size: int = 8,
    cache_url: str = "memory:",
    cache_prefix: str = "im",
    now_ms: Callable[[], int] = wall_clock_ms,
    site_per_second: int = 0,
) -> Store:
    """Connect lazily: no database has to be there yet. Raises SettingsError for a strange URL.

    ``site_per_second`` is the writer's: only a server has to share among sites.
    """
    database = _open_database(store_url, pool_size=pool_size)
    cache = open_cache(cache_url)
    return Store(database, cache, cache_prefix=cache_prefix, now_ms=now_ms, site_per_second=site_per_second)


def _open_database(url: str, *, pool_size: int) -> Database:
    path = sqlite_path(url)
    if path is not None:
        return SqliteDatabase(path)
    from imserver.store.mysql import MysqlDatabase

    return MysqlDatabase(mysql_address(url), pool_size=pool_size)


def sqlite_path(url: str) -> str | None:
    """Return the file of an embedded database; None for a server's."""
    parts = urlsplit(url)
    return unquote(parts.path[1:]) if parts.scheme == "sqlite" and len(parts.path) > 1 else None


def mysql_address(url: str) -> "Address":
    """Return where a server's database is; raise SettingsError for a strange URL."""
    from imserver.store.mysql_pool import Address

    parts = urlsplit(url)
    if parts.scheme != "mysql" or len(parts.path) < 2:
        raise SettingsError(
            "store_url has to be sqlite:///path.db or mysql://user:password@host:port/database"
        )
    query = parse_qs(parts.query)
    return Address(
        host=parts.hostname or "localhost",
        port=parts.port or 3306,
        unix_socket=query.get("unix_socket", [None])[0],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=unquote(parts.path[1:]),
    )
