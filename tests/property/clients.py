"""A model client: it keeps the widget's rules for cursors, and logs what it applies."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from gevent import Greenlet

from imserver.protocol.cursor import START, Cursor
from imserver.protocol.types import (
    Event,
    Message,
    MessageChanged,
    MessageCreated,
    OwnPresenceChanged,
    PollAnswer,
    PresenceChanged,
    ResetReason,
)
from imserver.store import Store
from imserver.store.values import Session
from tests.property.oracle import Applied, ClientLog, Entry, Face, Place, Restarted

_decode = msgspec.json.Decoder(PollAnswer).decode
CONVERSATIONS = 100


class Crash(Exception):
    """The page died between two steps; what was not saved is gone."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What a client still has after a crash: the cursor, and what it had applied by then."""

    cursor: Cursor
    entries: int


class Client:
    """One device of a person. ``worker`` is the name of the one that its poll waits at, if any."""

    def __init__(self, name: str, session: Session) -> None:
        self.name = name
        self.session = session
        self.cursor = START
        self.entries: list[Entry] = []
        self.saved = Saved(START, 0)
        self.poll: Greenlet | None = None
        self.worker = ""
        self.resets: list[ResetReason] = []
        self.last_events: list[Event] = []
        self.crash_after: int | None = None
        self.loses_next_answer = False

    @property
    def user(self) -> tuple[str, str]:
        return self.session.site_id, self.session.user_id

    def log(self) -> ClientLog:
        """Return everything applied, for the oracle."""
        return ClientLog(self.user, tuple(self.entries))

    def take(self, body: bytes, *, read_state: Callable[[], tuple[Cursor, Restarted]]) -> bool:
        """Apply an answer to a poll; return False after a crash on the way, which leaves what was saved."""
        answer = _decode(body)
        try:
            whole = self.apply_all(answer.events)
        except Crash:
            self.crash()
            return False
        if answer.reset is not msgspec.UNSET:
            self.resets.append(answer.reset)
            self.cursor, restarted = read_state()
            self.entries.append(restarted)
            self.save()
        elif whole:
            assert Cursor.parse(answer.cursor) == self.cursor, "the answer's cursor is not its last event's"
        return True

    def apply_all(self, events: list[Event]) -> bool:
        """Apply what is new; return False where a number was skipped and the rest left alone."""
        self.last_events = events
        whole = True
        for event in events:
            if isinstance(event, PresenceChanged | OwnPresenceChanged):
                continue
            cursor = Cursor.parse(event.cursor)
            if cursor.useq > self.cursor.useq + 1:
                return False
            if cursor.useq <= self.cursor.useq:
                whole = False
                continue
            self.step(cursor, event)
        return whole

    def step(self, cursor: Cursor, event: Event) -> None:
        """Apply first, move the cursor second, save third: the order that makes a crash harmless."""
        self.apply(cursor, event)
        self.maybe_crash()
        self.cursor = cursor
        self.save()

    def apply(self, cursor: Cursor, event: Event) -> None:
        """Show the event."""
        place = face = None
        if isinstance(event, MessageCreated | MessageChanged):
            face = face_of(self.session.site_id, event.message)
        if isinstance(event, MessageCreated):
            place = Place(*face[:2], event.message.client_id)
        self.entries.append(Applied(cursor.useq, place, face))

    def save(self) -> None:
        """Keep what is applied, and the cursor, over a crash."""
        self.saved = Saved(self.cursor, len(self.entries))

    def maybe_crash(self) -> None:
        """Die here if this is the event after which the test wants it."""
        if self.crash_after is None:
            return
        self.crash_after -= 1
        if self.crash_after < 0:
            raise Crash

    def crash(self) -> None:
        """Start again from what was saved; a poll that waits is left to its worker."""
        self.crash_after = None
        self.hang_up()
        self.cursor = self.saved.cursor
        del self.entries[self.saved.entries :]

    def hang_up(self) -> None:
        """Close the connection of a poll that waits."""
        if self.poll is not None:
            self.poll.kill()
        self.poll, self.worker = None, ""


def face_of(site_id: str, message: Message) -> Face:
    """Return how the message looks."""
    reactions = [(reaction.emoji, reaction.count, reaction.user_ids) for reaction in message.reactions]
    looks = f"{message.text!r}, deleted {message.deleted}, {reactions}"
    return Face((site_id, message.conversation_id), message.seq, message.version, looks)


def read_state(store: Store, session: Session) -> tuple[Cursor, Restarted]:
    """Read what a client starts from: one snapshot, and the history of what is in it."""
    state = store.state(session.site_id, session.user_id, CONVERSATIONS)
    cursor = Cursor.parse(state.cursor)
    shown: list[Message] = []
    for conversation in state.conversations.data:
        history = read_history(store, session.site_id, session.user_id, conversation.id)
        shown += [message for message in history if message.seq <= conversation.last_seq]
    faces = [face_of(session.site_id, message) for message in shown]
    places = [Place(*face[:2], message.client_id) for face, message in zip(faces, shown, strict=True)]
    return cursor, Restarted(cursor.useq, tuple(places), faces=tuple(faces))


def read_history(store: Store, site_id: str, user_id: str, conversation_id: str) -> list[Message]:
    """Return all messages of a conversation, as the person sees them."""
    messages: list[Message] = []
    more = True
    while more:
        after = messages[-1].seq if messages else 0
        page = store.history.page(site_id, user_id, conversation_id, after_seq=after, limit=100)
        messages += page.data
        more = page.has_more
    return messages
