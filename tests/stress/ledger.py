"""Who sent what, what was answered, who applied it, and when; the oracle judges it at the end."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.property.oracle import (
    Applied,
    ClientLog,
    Conversation,
    Entry,
    Oracle,
    Place,
    Restarted,
    User,
    Verdict,
)


@dataclass(slots=True)
class Send:
    """One message of somebody, and what became of it."""

    client_id: str
    conversation: Conversation
    sender: User
    text: str
    due_at: float
    tries: int = 0
    answered_at: float = 0.0
    status: int = 0
    # When everybody entitled to it had it; moves when somebody else is found to be.
    settled_at: float = 0.0
    # The local port of the first try, by which the worker that got it can be found.
    port: int = 0

    @property
    def message(self) -> dict[str, str]:
        return {"client_id": self.client_id, "text": self.text}

    def note_port(self, port: int) -> None:
        self.port = self.port or port


@dataclass(slots=True)
class Diary:
    """What one client did; ``entries`` is what the oracle reads."""

    name: str
    user: User
    entries: list[Entry] = field(default_factory=list)
    have: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Ledger:
    """All sends and all diaries of one row."""

    oracle: Oracle = field(default_factory=Oracle)
    sends: dict[str, Send] = field(default_factory=dict)
    diaries: dict[str, Diary] = field(default_factory=dict)
    # Delivery to somebody else: (what, seconds after it was due, name of the client).
    deliveries: list[tuple[Send, float, str]] = field(default_factory=list)
    applied_total: int = 0
    largest_answer_bytes: int = 0
    # Of polls whose time was over before anything happened, in seconds.
    empty_waits: list[float] = field(default_factory=list)
    # What the clients met: resets, cuts, statuses, by a word each.
    met: Counter[str] = field(default_factory=Counter)
    _devices: dict[User, int] = field(default_factory=dict)
    _seen: Counter[str] = field(default_factory=Counter)
    _unsettled: set[str] = field(default_factory=set)

    def enrol(self, name: str, user: User) -> Diary:
        """Begin the diary of a client."""
        self._devices[user] = self._devices.get(user, 0) + 1
        diary = self.diaries[name] = Diary(name, user)
        return diary

    def begin(self, send: Send) -> None:
        """A person has pressed Enter."""
        self.sends[send.client_id] = send

    def answered(self, send: Send, status: int, *, seq: int = 0, at: float = 0.0) -> None:
        """The final answer of a send, of now or ``at``; 200 means that it was acknowledged with ``seq``."""
        send.answered_at, send.status = at or time.monotonic(), status
        if status != 200:
            return
        self.oracle.acknowledge(Place(send.conversation, seq, send.client_id))
        if self._seen[send.client_id] < self._expected(send):
            self._unsettled.add(send.client_id)
        else:
            send.settled_at = send.answered_at

    def applied(self, diary: Diary, useq: int, place: Place | None) -> None:
        """A client applied an event."""
        diary.entries.append(Applied(useq, place))
        self.applied_total += 1
        if place is not None:
            self._note(diary, place.client_id, is_live=True)

    def restarted(self, diary: Diary, useq: int, shown: Iterable[Place]) -> None:
        """A client threw its view away and read the state."""
        places = tuple(shown)
        diary.entries.append(Restarted(useq, places))
        for place in places:
            self._note(diary, place.client_id, is_live=False)

    def forget(self, kept: set[str]) -> int:
        """The database was restored with only ``kept``; return how many acknowledged ones it lost."""
        lost = self.oracle.acknowledged.keys() - kept
        self.oracle.restore(kept, self.logs())
        self._unsettled -= lost
        for client_id in lost:
            self.sends[client_id].status = 0
        return len(lost)

    def left(self, conversation: Conversation, user: User, last_seq: int) -> None:
        """Somebody was put out of a conversation behind ``last_seq``."""
        self.oracle.last_seqs[conversation, user] = last_seq
        sends = [self.sends[client_id] for client_id in self._unsettled]
        for send in sends:
            if self._seen[send.client_id] >= self._expected(send):
                self._unsettled.discard(send.client_id)
                send.settled_at = time.monotonic()

    def is_settled(self) -> bool:
        """Tell whether everything acknowledged is with everybody entitled to it."""
        return not self._unsettled

    def longest_delay(self, *, since: float) -> float:
        """Return the longest time until everybody had a message, from ``since`` or when it was due."""
        settled = (send for send in self.sends.values() if send.settled_at)
        return max(0.0, *(send.settled_at - max(send.due_at, since) for send in settled), 0.0)

    def missing(self) -> list[str]:
        """Return a few of those that are not, for the report."""
        return sorted(self._unsettled)[:3]

    def logs(self) -> dict[str, ClientLog]:
        return {name: ClientLog(diary.user, diary.entries) for name, diary in self.diaries.items()}

    def judge(self) -> Verdict:
        return self.oracle.judge(self.logs())

    def acknowledged(self) -> list[Send]:
        return [send for send in self.sends.values() if send.status == 200]

    def unknown(self) -> list[Send]:
        """Return the sends without a final answer: they may be stored or not."""
        return [send for send in self.sends.values() if not send.status]

    def _expected(self, send: Send) -> int:
        members = self.oracle.members.get(send.conversation, frozenset())
        places = self.oracle.acknowledged.get(send.client_id, ())
        entitled = (user for user in members if all(self.oracle.is_for(user, place) for place in places))
        return sum(self._devices.get(user, 0) for user in entitled)

    def _note(self, diary: Diary, client_id: str, *, is_live: bool) -> None:
        if client_id in diary.have:
            return
        diary.have.add(client_id)
        self._seen[client_id] += 1
        send = self.sends.get(client_id)
        if send is None:
            return
        if client_id in self._unsettled and self._seen[client_id] >= self._expected(send):
            self._unsettled.discard(client_id)
            send.settled_at = time.monotonic()
        if is_live and diary.user != send.sender:
            self.deliveries.append((send, time.monotonic() - send.due_at, diary.name))


def quantile(values: list[float], share: float) -> float:
    """Return the value below which ``share`` of them lie; 0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
