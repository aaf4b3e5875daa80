"""What people do in the world, and what each act must be answered; every answer goes to the oracle."""

import itertools
import secrets
from dataclasses import dataclass, field

import gevent
import pytest

from imserver.errors import ClientIdConflict, Unavailable
from imserver.protocol.types import NewMessage, SentMessages
from tests.property.clients import Client
from tests.property.faults import CommitFault, FaultyDatabase
from tests.property.oracle import Conversation, Place, User
from tests.property.revisions import Revision, Revisions
from tests.property.world import World

_texts = itertools.count(1)


@dataclass(slots=True)
class Send:
    """One request to store messages, and what the sender knows of it."""

    user: User
    conversation: Conversation
    messages: list[NewMessage]
    answer: SentMessages | None = None


@dataclass(slots=True)
class Acts:
    """The people of a world, acting through its workers."""

    world: World
    conversations: list[Conversation] = field(default_factory=list)
    sends: list[Send] = field(default_factory=list)
    read: dict[tuple[Conversation, User], int] = field(default_factory=dict)
    revisions: Revisions = field(init=False)

    def __post_init__(self) -> None:
        self.revisions = Revisions(self.world)

    def open(self, worker: str, client: Client, peer_id: str) -> Conversation:
        """Open a direct conversation, or find the one that there is."""
        site_id, user_id = client.user
        store = self.world.workers[worker].store
        key = site_id, store.conversations.open_direct(site_id, user_id, peer_id).id
        if key not in self.conversations:
            self.conversations.append(key)
            self.world.oracle.members[key] = frozenset({client.user, (site_id, peer_id)})
        return key

    def send(self, worker: str, conversation: Conversation, *, sender: User, count: int = 1) -> Send:
        """Send fresh messages and take the answer."""
        send = self.prepare(conversation, sender=sender, count=count)
        self.submit(send, worker)
        return send

    def prepare(self, conversation: Conversation, *, sender: User, count: int = 1) -> Send:
        """Put fresh messages into the sender's outbox."""
        messages = [
            NewMessage(client_id=secrets.token_hex(16), text=f"text {next(_texts)}") for _ in range(count)
        ]
        send = Send(sender, conversation, messages)
        self.sends.append(send)
        return send

    def submit(self, send: Send, worker: str, *, answer_arrives: bool = True) -> None:
        """Send, for the first time or again; what was answered before must be answered the same."""
        answer = self.ask(send, worker)
        if answer_arrives:
            self.acknowledge(send, answer)

    def submit_with(self, fault: CommitFault, send: Send, worker: str) -> None:
        """Send while the commit goes wrong; the sender must be told to try again, or be answered right."""
        database = self.world.workers[worker].store.database
        assert isinstance(database, FaultyDatabase)
        database.fault = fault
        try:
            self.acknowledge(send, self.ask(send, worker))
        except Unavailable:
            if fault == "answer lost":
                self.world.network.missed |= set(self.world.workers)
        else:
            assert not fault, "a commit that went wrong was answered OK"

    def submit_together(self, sends: list[Send], worker: str) -> None:
        """Send all at once, so that they share a commit."""
        asking = [gevent.spawn(self.ask, send, worker) for send in sends]
        for send, greenlet in zip(sends, asking, strict=True):
            self.acknowledge(send, greenlet.get())

    def submit_another_text(self, send: Send, worker: str) -> None:
        """Use the ids of a stored message for another text, and be refused.

        Of one that says something else since, nothing is kept to compare: it stays as it is.
        """
        assert send.answer is not None
        last = send.messages[-1]
        forged = [*send.messages[:-1], NewMessage(client_id=last.client_id, text="forged")]
        again = Send(send.user, send.conversation, forged)
        model = self.revisions.models.get((send.conversation, send.answer.messages[-1].seq))
        if model and model.text != last.text:
            assert all(sent.duplicate for sent in self.ask(again, worker).messages)
            return
        with pytest.raises(ClientIdConflict):
            self.ask(again, worker)

    def mark_read(self, worker: str, user: User, conversation: Conversation, *, part: float) -> None:
        """Read up to ``part`` of the messages there are; the mark never goes back."""
        store = self.world.workers[worker].store
        last_seq = store.conversations.require_conversation(*user, conversation[1]).last_seq
        seq = int(part * last_seq)
        answer = store.writer.mark_read(*user, conversation[1], seq)
        known = self.read.get((conversation, user), 0)
        assert answer.read_seq >= max(seq, known), "a read mark went back"
        assert answer.unread == last_seq - answer.read_seq
        self.read[conversation, user] = answer.read_seq

    def revise(self, worker: str, what: str, *, which: int, word: str, fault: CommitFault = "") -> None:
        """Let the sender edit or delete one of the stored messages, or a member react to it."""
        stored = [
            (send, number) for send in self.sends if send.answer for number in range(len(send.messages))
        ]
        send, number = stored[which % len(stored)]
        assert send.answer is not None
        spot = send.conversation, send.answer.messages[number].seq
        members = sorted(self.world.oracle.members[send.conversation])
        user = members[which // 7 % 2] if "react" in what else send.user
        revision = Revision(what, user, spot, word)
        self.revisions.commit(revision, worker, text=send.messages[number].text, fault=fault)

    def unanswered(self) -> list[Send]:
        """Return what a client would still have in its outbox."""
        return [send for send in self.sends if send.answer is None]

    def ask(self, send: Send, worker: str) -> SentMessages:
        """Let the worker store the messages."""
        writer = self.world.workers[worker].store.writer
        return writer.send(*send.user, send.conversation[1], send.messages)

    def acknowledge(self, send: Send, answer: SentMessages) -> None:
        """Take an answer; one that came before must be repeated to the letter."""
        assert [sent.client_id for sent in answer.messages] == [new.client_id for new in send.messages]
        if send.answer is not None:
            assert all(sent.duplicate for sent in answer.messages), "stored again"
            assert _places(send.answer) == _places(answer), "a repeated send was answered differently"
        send.answer = answer
        for sent in answer.messages:
            self.world.oracle.acknowledge(Place(send.conversation, sent.seq, sent.client_id))


def _places(answer: SentMessages) -> list[tuple[str, int, int]]:
    return [(sent.client_id, sent.seq, sent.created_at) for sent in answer.messages]
