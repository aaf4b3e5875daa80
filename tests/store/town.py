"""A small site with people, and a clock that stands still."""

import secrets
from typing import Any

from imserver.protocol.cursor import START
from imserver.protocol.types import Conversation, Message, NewMessage, SentMessages
from imserver.store import Store
from imserver.store.values import Backlog, Delivery, Person
from tests.services import OPEN


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
        self.site_id = store.sites.insert_site(
            name="Town", origins=("https://town.example",), rules=OPEN
        ).site_id
        self.told: list[Delivery] = []
        store.writer.on_commit = store.changes.on_commit = self.told.extend

    def add(self, user_id: str, name: str = "") -> Person:
        person = Person(self.site_id, user_id, name or user_id.title())
        self.store.people.save_person(person)
        return person

    def open(self, user_id: str, peer_id: str) -> Conversation:
        return self.store.conversations.open_direct(self.site_id, user_id, peer_id)

    def say(self, user_id: str, conversation_id: str, *texts: str) -> SentMessages:
        return self.post(user_id, conversation_id, *(new(text) for text in texts))

    def post(self, user_id: str, conversation_id: str, *messages: NewMessage) -> SentMessages:
        return self.store.writer.send(self.site_id, user_id, conversation_id, messages)

    def history(self, user_id: str, conversation_id: str) -> list[Message]:
        """Return the newest messages as the person sees them."""
        return self.store.history.page(self.site_id, user_id, conversation_id, limit=100).data

    def replay(self, user_id: str) -> list[bytes]:
        """Return the events of the person's log, or, given its stream, of a room's."""
        backlog = self.store.log.read_backlog(self.site_id, user_id, START)
        assert isinstance(backlog, Backlog)
        return backlog.events

    def live(self, user_id: str) -> list[bytes]:
        """Return the stored events that were told at the time of their commits."""
        return [told.event for told in self.told if told.user_id == user_id and told.useq]

    def seen(self, user_id: str, conversation_id: str) -> Conversation:
        """Return the conversation as the person sees it."""
        return self.store.conversations.require_conversation(self.site_id, user_id, conversation_id)

    def told_marks(self, user_id: str, conversation_id: str) -> tuple[int, int]:
        """Return how far others may know that the person has read, and received."""
        triple = (self.site_id, conversation_id, user_id)
        rows = self.store.database.read(lambda tx: tx.rows("load_told", triples=[triple]))
        return rows[0][3], rows[0][4]


def new(text: str, client_id: str = "", **dressing: Any) -> NewMessage:
    """Make a message with a client_id of its own."""
    return NewMessage(client_id=client_id or secrets.token_hex(16), text=text, **dressing)
