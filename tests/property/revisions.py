"""What people do to messages that are there: other words, none, an emoji; and what must be left of it."""

from collections import Counter
from dataclasses import dataclass, field

import pytest

from imserver.errors import MessageDeleted, Unavailable
from imserver.protocol.types import Message
from imserver.store import Store
from tests.property.clients import face_of, read_history
from tests.property.faults import CommitFault, FaultyDatabase
from tests.property.oracle import Conversation, User
from tests.property.world import World

WINDOW_MS = 10**15
Spot = tuple[Conversation, int]


@dataclass(frozen=True, slots=True)
class Revision:
    """One wish: ``what`` is edit or delete, react or unreact; ``word`` is the text or the emoji."""

    what: str
    user: User
    spot: Spot
    word: str = ""


@dataclass(slots=True)
class Model:
    """How a message has to look by all that was done to it; ``by_emoji`` in the order of their coming."""

    text: str
    version: int = 0
    is_deleted: bool = False
    by_emoji: dict[str, list[str]] = field(default_factory=dict)

    def apply(self, revision: Revision) -> None:
        """Do what the revision asks for; a new version only if that changes anything."""
        before = self.looks()
        names = self.by_emoji.setdefault(revision.word, []) if "react" in revision.what else []
        who = revision.user[1]
        if revision.what == "edit":
            self.text = revision.word
        elif revision.what == "delete":
            self.text, self.is_deleted = "", True
            self.by_emoji.clear()
        elif revision.what == "react" and who not in names:
            names.append(who)
        elif revision.what == "unreact" and who in names:
            names.remove(who)
        self.by_emoji = {emoji: names for emoji, names in self.by_emoji.items() if names}
        self.version += self.looks() != before

    def looks(self) -> str:
        """Return the words that ``face_of`` has for it."""
        reactions = [(emoji, len(names), tuple(names)) for emoji, names in self.by_emoji.items()]
        return f"{self.text!r}, deleted {self.is_deleted}, {reactions}"


@dataclass(slots=True)
class Revisions:
    """Everything that was done to messages of one world."""

    world: World
    models: dict[Spot, Model] = field(default_factory=dict)

    def commit(self, revision: Revision, worker: str, *, text: str, fault: CommitFault = "") -> None:
        """Let it be done; ``text`` is what was sent. An act without an answer is repeated, as a page does."""
        model = self.models.setdefault(revision.spot, Model(text))
        if model.is_deleted and revision.what != "delete":
            with pytest.raises(MessageDeleted):
                self._ask(revision, worker)
            return
        database = self.world.workers[worker].store.database
        assert isinstance(database, FaultyDatabase)
        database.fault = fault
        try:
            answer = self._ask(revision, worker)
            assert not fault, "a commit that went wrong was answered OK"
        except Unavailable:
            if fault == "answer lost":
                self.world.network.missed |= set(self.world.workers)
            answer = self._ask(revision, worker)
        model.apply(revision)
        face = face_of(revision.user[0], answer)
        assert face[2:] == (model.version, model.looks()), f"{revision} was answered by {answer}"
        self.world.oracle.acknowledge_change(face)

    def audit(self, store: Store) -> None:
        """Fail unless every member reads every message as it was left, in a store of a fresh process."""
        for conversation in {conversation for conversation, _ in self.models}:
            for user in self.world.oracle.members[conversation]:
                for message in read_history(store, *user, conversation[1]):
                    self._check(user, message)

    def check_told(self, inbox: list[tuple[str, str, int]], site_id: str, floors: dict[str, int]) -> None:
        """Fail unless each version was told once to each member; ``inbox`` are (user, conversation, seq)."""
        told = Counter(inbox)
        for ((site, conversation_id), seq), model in self.models.items():
            if site != site_id:
                continue
            for _, user_id in self.world.oracle.members[site, conversation_id]:
                count = told.pop((user_id, conversation_id, seq), 0)
                # What lies below the floor was trimmed.
                is_right = count <= model.version if floors[user_id] else count == model.version
                assert is_right, f"{user_id} was told {count} times of {model.version} changes of {seq}"
        assert not told, f"changes were told that nobody made: {told}"

    def _check(self, user: User, message: Message) -> None:
        face = face_of(user[0], message)
        model = self.models.get(face[:2])
        if model is not None:
            assert face[2:] == (model.version, model.looks()), f"{user} reads {message}"

    def _ask(self, revision: Revision, worker: str) -> Message:
        store = self.world.workers[worker].store
        (_, conversation_id), seq = revision.spot
        place = *revision.user, conversation_id
        if revision.what == "edit":
            return store.edits.edit(*place, seq=seq, text=revision.word, mentions=None, window_ms=WINDOW_MS)
        if revision.what == "delete":
            return store.edits.delete(*place, seq=seq)
        return store.reactions.react(*place, seq=seq, emoji=revision.word, on=revision.what == "react")
