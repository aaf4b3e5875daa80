"""The oracle: compares what was answered to senders with what every client applied.

It counts five kinds of broken promise, and all must be 0:
L lost (acknowledged, and not shown by an entitled client) · D doubled · O order (seq not +1 per conversation,
or two clients disagree) · G gap that no reset announced · X event at a client that is not entitled to it.
Pure: it knows no store and no clock, and is tested by wrong histories.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

User = tuple[str, str]
Conversation = tuple[str, str]


class Place(NamedTuple):
    """Where a message stands, and which message it is."""

    conversation: Conversation
    seq: int
    client_id: str


class Face(NamedTuple):
    """What a client shows at a place: its version, and the words and reactions of that version."""

    conversation: Conversation
    seq: int
    version: int
    looks: str


class Applied(NamedTuple):
    """A client applied event number ``useq``; ``place`` is None for one that brings no message.

    ``face`` is how the message looked that the event brought or changed.
    """

    useq: int
    place: Place | None
    face: Face | None = None


class Restarted(NamedTuple):
    """A reset: the client threw its view away and read the state as of ``useq``.

    ``first_seqs`` names the conversations whose history it read from a later message than the first.
    """

    useq: int
    shown: tuple[Place, ...]
    first_seqs: tuple[tuple[Conversation, int], ...] = ()
    faces: tuple[Face, ...] = ()


Entry = Applied | Restarted


@dataclass(frozen=True, slots=True)
class ClientLog:
    """Everything that one client applied since it started from nothing."""

    user: User
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The findings by letter, each a sentence."""

    findings: tuple[tuple[str, str], ...] = ()

    @property
    def letters(self) -> str:
        """The kinds of finding that there are, such as ``LO``; empty when every promise was kept."""
        return "".join(letter for letter in "LDOGX" if any(found == letter for found, _ in self.findings))

    def __str__(self) -> str:
        return "\n".join(f"{letter}: {text}" for letter, text in self.findings) or "L=D=O=G=X=0"


@dataclass(slots=True)
class Oracle:
    """Collects what was promised; ``judge`` compares it with the clients' logs."""

    members: dict[Conversation, frozenset[User]] = field(default_factory=dict)
    # The last message for somebody who was put out of a conversation.
    last_seqs: dict[tuple[Conversation, User], int] = field(default_factory=dict)
    acknowledged: dict[str, set[Place]] = field(default_factory=dict)
    # The newest version of each message that somebody was told they had made.
    changed: dict[tuple[Conversation, int], Face] = field(default_factory=dict)
    # How much of each client's log is from before the database was restored.
    before_restore: dict[str, int] = field(default_factory=dict)

    def acknowledge(self, place: Place) -> None:
        """A sender was answered OK."""
        self.acknowledged.setdefault(place.client_id, set()).add(place)

    def acknowledge_change(self, face: Face) -> None:
        """Somebody who edited, deleted or reacted was answered OK, and shown this."""
        known = self.changed.get(face[:2])
        if known is None or known.version <= face.version:
            self.changed[face[:2]] = face

    def restore(self, client_ids: Iterable[str], logs: Mapping[str, ClientLog]) -> None:
        """The database was restored from a backup with only these messages; ``logs`` are those of now.

        What was shown before may be contradicted by what is stored after, unless it is still shown.
        """
        kept = set(client_ids)
        self.acknowledged = {key: places for key, places in self.acknowledged.items() if key in kept}
        self.before_restore = {name: len(log.entries) for name, log in logs.items()}

    def judge(self, logs: Mapping[str, ClientLog]) -> Verdict:
        """Return every finding; call it when nothing is under way any more."""
        found: list[tuple[str, str]] = []
        for client_id, places in self.acknowledged.items():
            if len(places) > 1:
                found.append(("D", f"{client_id} was acknowledged at {sorted(places)}"))
        due = self._due()
        for name, log in logs.items():
            findings = self._judge_one(log, due.get(log.user, {}))
            found += [(letter, f"{name}: {text}") for letter, text in findings]
        found += [("O", text) for text in self._disagreements(logs)]
        return Verdict(tuple(found))

    def is_for(self, user: User, place: Place) -> bool:
        """Tell whether ``user`` is entitled to see ``place``."""
        if user not in self.members.get(place.conversation, frozenset()):
            return False
        return place.seq <= self.last_seqs.get((place.conversation, user), place.seq)

    def _due(self) -> dict[User, dict[str, Place]]:
        """Return what everybody has to be shown: any of a message's places, which should be one."""
        due: dict[User, dict[str, Place]] = {}
        for client_id, places in self.acknowledged.items():
            for place in places:
                for user in self.members.get(place.conversation, ()):
                    if self.is_for(user, place):
                        due.setdefault(user, {})[client_id] = place
        return due

    def _judge_one(self, log: ClientLog, due: Mapping[str, Place]) -> Iterator[tuple[str, str]]:
        yield from _numbers(log.entries)
        view, first_seqs = shown_by(log.entries), _first_seqs(log.entries)
        yield from _twice(view)
        yield from (("O", text) for text in _jumps(view, first_seqs))
        for place in _all_places(log.entries):
            if not self.is_for(log.user, place):
                yield "X", f"{place} is not for {log.user}"
        have = {place.client_id for place in view}
        for client_id, place in due.items():
            if client_id not in have and place.seq >= first_seqs.get(place.conversation, 1):
                yield "L", f"{client_id} was acknowledged and is not shown"
        yield from self._stale(log, first_seqs)

    def _stale(self, log: ClientLog, first_seqs: Mapping[Conversation, int]) -> Iterator[tuple[str, str]]:
        """Yield the changes that a client shows otherwise than they were acknowledged."""
        faces = faces_shown_by(log.entries)
        for (conversation, seq), right in self.changed.items():
            is_due = log.user in self.members.get(conversation, ()) and seq >= first_seqs.get(conversation, 1)
            face = faces.get((conversation, seq))
            if not is_due or (face and face.version > right.version):
                continue
            if face is None or face.version < right.version:
                yield "L", f"{right} was acknowledged, and {face} is shown"
            elif face != right:
                yield "O", f"{face} is shown where {right} was acknowledged"

    def _disagreements(self, logs: Mapping[str, ClientLog]) -> Iterator[str]:
        holders: dict[tuple[Conversation, int], dict[str, str]] = {}
        for places in self.acknowledged.values():
            for place in places:
                holders.setdefault(place[:2], {})[place.client_id] = "the answer"
        for name, log in logs.items():
            since = self.before_restore.get(name, 0)
            # A message that was shown and vanished in a reset disagrees too.
            for place in (*shown_by(log.entries), *_all_places(log.entries[since:])):
                holders.setdefault(place[:2], {})[place.client_id] = name
        for (conversation, seq), by in holders.items():
            if len(by) > 1:
                yield f"{conversation} {seq} is {by}"


def shown_by(entries: Sequence[Entry]) -> list[Place]:
    """Return what a client shows: everything since its last reset, in the order in which it came."""
    view: list[Place] = []
    for entry in entries:
        if isinstance(entry, Restarted):
            view = list(entry.shown)
        elif entry.place is not None:
            view.append(entry.place)
    return view


def faces_shown_by(entries: Sequence[Entry]) -> dict[tuple[Conversation, int], Face]:
    """Return how each message looks to a client: an older version never takes the place of a newer one."""
    view: dict[tuple[Conversation, int], Face] = {}
    for entry in entries:
        if isinstance(entry, Restarted):
            view = {}
        faces = entry.faces if isinstance(entry, Restarted) else (entry.face,)
        for face in faces:
            if face is not None and (face[:2] not in view or view[face[:2]].version <= face.version):
                view[face[:2]] = face
    return view


def _first_seqs(entries: Sequence[Entry]) -> dict[Conversation, int]:
    """Return where the histories of a client's last reset begin, if not at 1."""
    restarts = [entry for entry in entries if isinstance(entry, Restarted)]
    return dict(restarts[-1].first_seqs) if restarts else {}


def _all_places(entries: Sequence[Entry]) -> Iterator[Place]:
    for entry in entries:
        if isinstance(entry, Restarted):
            yield from entry.shown
        elif entry.place is not None:
            yield entry.place


def _numbers(entries: Sequence[Entry]) -> Iterator[tuple[str, str]]:
    last = 0
    for entry in entries:
        if isinstance(entry, Applied) and entry.useq <= last:
            yield "D", f"event {entry.useq} after event {last}"
        if isinstance(entry, Applied) and entry.useq > last + 1:
            yield "G", f"event {entry.useq} after event {last}, and no reset between"
        last = entry.useq


def _twice(view: Sequence[Place]) -> Iterator[tuple[str, str]]:
    seen: dict[str, Place] = {}
    for place in view:
        if place.client_id in seen:
            yield "D", f"{place} is shown at {seen[place.client_id].seq} too"
        seen[place.client_id] = place


def _jumps(view: Sequence[Place], first_seqs: Mapping[Conversation, int]) -> Iterator[str]:
    last = {conversation: first - 1 for conversation, first in first_seqs.items()}
    for place in view:
        expected = last.get(place.conversation, 0) + 1
        if place.seq != expected:
            yield f"{place.conversation} {place.seq} where {expected} was due"
        last[place.conversation] = place.seq
