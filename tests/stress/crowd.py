"""The people of two communities with the same names, their conversations, and their signed-in clients."""

import itertools
import random
from dataclasses import dataclass, field

from gevent.pool import Pool as Greenlets

from imserver.store import Store
from imserver.store.values import Person
from tests.property.oracle import Conversation, User
from tests.services import OPEN
from tests.sessions import open_session
from tests.stress.client import Client, Habits, Route
from tests.stress.http_wire import Pool
from tests.stress.ledger import Ledger
from tests.stress.waits import EventStream, LongPoll, WebSocket

# The same ids in both: a query that forgets its site shows one community to the other.
SITES = ("north", "south")
SESSION_MS = 7_200_000
AT_ONCE = 8
# Everybody talks with the next and with the one seven places on.
STEPS = (1, 7)
# Every so many a person has a second device.
DEVICE_EVERY = 20


@dataclass(slots=True)
class Crowd:
    """Everybody of one row."""

    ledger: Ledger
    route: Route
    habits: Habits
    pool: Pool
    shares: tuple[int, int, int]
    clients: list[Client] = field(default_factory=list)
    conversations: dict[User, list[Conversation]] = field(default_factory=dict)
    _kinds: "itertools.cycle[str]" = field(default_factory=lambda: itertools.cycle(["poll"]))
    _transports: "dict[str, LongPoll | EventStream | WebSocket]" = field(default_factory=dict)

    def __post_init__(self) -> None:
        kinds = [
            kind for kind, share in zip(("poll", "sse", "ws"), self.shares, strict=True) for _ in range(share)
        ]
        random.Random(1).shuffle(kinds)
        self._kinds = itertools.cycle(kinds)
        self._transports = {
            "poll": LongPoll(self.pool),
            "sse": EventStream(self.pool),
            "ws": WebSocket(self.pool),
        }

    def settle_in(self, store: Store, count: int) -> None:
        """Create ``count`` clients with their people and conversations; nothing is connected yet."""
        each = max(8, count // len(SITES))
        greenlets = Greenlets(AT_ONCE)
        for site_id in SITES:
            store.sites.insert_site(site_id=site_id, name=f"The {site_id}", origins=(), rules=OPEN)
        people = [(site_id, f"u{number:05}") for number in range(each) for site_id in SITES]
        list(greenlets.imap_unordered(lambda user: store.people.save_person(person(user)), people))
        pairs = [
            ((site_id, f"u{number:05}"), (site_id, f"u{(number + step) % each:05}"))
            for site_id in SITES
            for number in range(each)
            for step in STEPS
        ]
        list(greenlets.imap_unordered(lambda pair: self.introduce(store, *pair), pairs))
        devices = [user for n, user in enumerate(people) for _ in range(2 if n % DEVICE_EVERY == 0 else 1)]
        self.clients += list(greenlets.imap_unordered(lambda user: self.sign_in(store, user), devices))

    def introduce(self, store: Store, one: User, other: User) -> Conversation:
        """Open the conversation of two people."""
        opened = store.conversations.open_direct(*one, other[1])
        conversation = one[0], opened.id
        self.ledger.oracle.members[conversation] = frozenset((one, other))
        for user in (one, other):
            known = self.conversations.setdefault(user, [])
            if conversation not in known:
                known.append(conversation)
        return conversation

    def sign_in(self, store: Store, user: User, *, kind: str = "") -> Client:
        """Return one more client of ``user``; it is not connected yet."""
        session, _ = open_session(store, *user, origin="", lifetime_ms=SESSION_MS)
        kind = kind or next(self._kinds)
        name = f"{user[0]}/{user[1]}/{kind}{len(self.ledger.diaries)}"
        diary = self.ledger.enrol(name, user)
        transport = self._transports[kind]
        return Client(
            diary, session, transport=transport, route=self.route, ledger=self.ledger, habits=self.habits
        )

    def stop(self) -> None:
        for client in self.clients:
            client.stop()
        self.pool.close()


def person(user: User) -> Person:
    """Return somebody whose name says who it is, so that a wrong profile shows."""
    return Person(user[0], user[1], f"{user[1]} of {user[0]}")
