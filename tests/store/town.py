"""A small site with people, and a clock that stands still."""

import secrets

from imserver.protocol.types import Conversation, NewMessage, SentMessages
from imserver.store import Store
from imserver.store.values import Delivery, Person


class Clock:
    """Milliseconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now_ms = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now_ms

    def pass_seconds(self, seconds: float) -> None:
        self.now_ms += int(seconds * 1000)


class Town:
    """A site with people, and short words for what they do."""

    def __init__(self, store: Store, clock: Clock | None = None) -> None:
        self.store = store
        self.clock = clock or Clock()
        self.site_id = store.sites.insert_site(name="Town", origins=("https://town.example",)).site_id
        self.told: list[Delivery] = []
        store.writer.on_commit = store.changes.on_commit = self.told.extend

    def add(self, user_id: str, name: str = "") -> Person:
        person = Person(self.site_id, user_id, name or user_id.title())
        self.store.people.save_person(person)
        return person

    def open(self, user_id: str, peer_id: str) -> Conversation:
        return self.store.conversations.open_direct(self.site_id, user_id, peer_id)

    def say(self, user_id: str, conversation_id: str, *texts: str) -> SentMessages:
        return self.store.writer.send(self.site_id, user_id, conversation_id, [new(text) for text in texts])


def new(text: str, client_id: str = "") -> NewMessage:
    """Make a message with a client_id of its own."""
    return NewMessage(client_id=client_id or secrets.token_hex(16), text=text)
