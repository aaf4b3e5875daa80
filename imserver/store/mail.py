"""Who is told by mail of what they missed: a queue of conversations, then one of people.

design: a conversation with new messages is watched for the length of the delay; then whoever has not read
them, and could have, is due. One worker claims a due person, and says so once more right before the message
itself goes to the mail server. A worker that dies before that leaves a claim that runs out, and another takes
over; one that dies after it leaves a mail that was probably sent, and is not sent again. So nobody gets two.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from os import urandom

from imserver.protocol.types import Message
from imserver.store.database import Database, Row, Transaction, first_row
from imserver.store.message_rows import read_messages
from imserver.store.values import UserKey

# Longer than a mail server may take for one message.
CLAIM_MS = 600_000
WATCHES_PER_TRANSACTION = 50
# After every time that a clock shows.
NEVER_AT = 2**62
# A mail is a reminder, not the conversation.
CONVERSATIONS_PER_MAIL = 5
MESSAGES_PER_CONVERSATION = 3
NOTED_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class Claim:
    """One person whom this worker, and no other, may write to now."""

    user: UserKey
    claim: str
    told_at: int
    tries: int


@dataclass(frozen=True, slots=True)
class Missed:
    """A conversation, the newest unread messages of others in it, and how many there are."""

    conversation_id: str
    kind: str
    messages: tuple[Message, ...]
    count: int


class MailQueue:
    """``delay_ms``: how long a message may wait for its reader, and the least time between two mails.

    It is None until there is a mail server; then nothing is noted.
    """

    def __init__(self, database: Database, *, now_ms: Callable[[], int], delay_ms: int | None = None) -> None:
        self.delay_ms = delay_ms
        self._database = database
        self._now_ms = now_ms
        # When the watch of a conversation that we know of ends; the oldest first.
        self._noted: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._fresh: set[tuple[str, str]] = set()

    def note(self, grown: Iterable[Row]) -> None:
        """Hear of (site_id, conversation_id, …) that have new messages. Never blocks."""
        if self.delay_ms is None:
            return
        now = self._now_ms()
        for row in grown:
            pair = row[0], row[1]
            if self._noted.get(pair, 0) <= now:
                self._noted.pop(pair, None)
                self._noted[pair] = now + self.delay_ms
                self._fresh.add(pair)
        while len(self._noted) > NOTED_LIMIT:
            self._noted.popitem(last=False)

    def watch_noted(self) -> int:
        """Write down what was noted; return how many conversations are watched that were not."""
        fresh, self._fresh = sorted(self._fresh), set()
        written = 0
        for start in range(0, len(fresh), WATCHES_PER_TRANSACTION):
            chunk = fresh[start : start + WATCHES_PER_TRANSACTION]
            try:
                written += self._database.write(lambda tx, chunk=chunk: self._watch(tx, chunk))  # type: ignore[misc]
            except BaseException:
                self._fresh.update(fresh[start:])
                raise
        return written

    def _watch(self, tx: Transaction, pairs: list[tuple[str, str]]) -> int:
        known = {(row[0], row[1]) for row in tx.rows("find_mail_watches", pairs=pairs)}
        due_at = self._now_ms() + (self.delay_ms or 0)
        rows = [(*pair, due_at) for pair in pairs if pair not in known]
        return tx.run("insert_mail_watches", rows=rows) if rows else 0

    def look_at_due(self) -> int:
        """Find out who missed what is due; return how many conversations were looked at."""
        return self._database.write(self._look)

    def _look(self, tx: Transaction) -> int:
        now = self._now_ms()
        pairs = [tuple(row) for row in tx.rows("take_mail_watches", now=now, limit=WATCHES_PER_TRANSACTION)]
        if not pairs:
            return 0
        missing: set[tuple[str, str]] = set()
        for site_id, conversation_id in pairs:
            rows = tx.rows("find_missing", site_id=site_id, conversation_id=conversation_id, now=now)
            missing.update((site_id, row[0]) for row in rows)
        if missing:
            self._make_due(tx, sorted(missing), now=now)
        tx.run("delete_mail_watches", pairs=pairs)
        return len(pairs)

    def _make_due(self, tx: Transaction, people: list[tuple[str, str]], *, now: int) -> None:
        known = {(row[0], row[1]): row[3] for row in tx.rows("lock_mail_people", pairs=people)}
        for (site_id, user_id), told_at in known.items():
            due_at = max(now, told_at + (self.delay_ms or 0))
            tx.run("hasten_mail_person", site_id=site_id, user_id=user_id, due_at=due_at)
        fresh = [(*person, now) for person in people if person not in known]
        if fresh:
            tx.run("insert_mail_people", rows=fresh)

    def claim_one(self) -> Claim | None:
        """Return somebody who is due, theirs to write to for ten minutes; None when nobody is."""
        now = self._now_ms()
        for row in self._database.read(lambda tx: tx.rows("find_due_mail", now=now, limit=20)):
            claim = self._claim(UserKey(*row))
            if claim is not None:
                return claim
        return None

    def _claim(self, user: UserKey) -> Claim | None:
        now, name = self._now_ms(), urandom(16).hex()
        key = user._asdict()

        def work(tx: Transaction) -> Claim | None:
            row = first_row(tx.rows("lock_mail_person", **key))
            if row is None or row[0] > now:
                return None
            _, told_at, tries, step = row
            if step == "handing":
                # Whoever was handing it over died; most likely the message had gone.
                tx.run("claim_mail_person", **key, claim=name, step="", due_at=NEVER_AT)
                tx.run("settle_mail_person", **key, claim=name, due_at=NEVER_AT, told_at=now, tries=0)
                return None
            tx.run("claim_mail_person", **key, claim=name, step="claimed", due_at=now + CLAIM_MS)
            return Claim(user, name, told_at, tries)

        return self._database.write(work)

    def begin_handing(self, claim: Claim) -> bool:
        """Say that the message goes out now; False when the claim is somebody else's meanwhile."""
        key = claim.user._asdict()
        return bool(
            self._database.write(
                lambda tx: tx.run("step_mail_person", **key, claim=claim.claim, step="handing")
            )
        )

    def settle(self, claim: Claim, *, due_at: int = NEVER_AT, told_at: int, tries: int = 0) -> None:
        """Let go of the person until ``due_at``, or until they miss something again."""
        key = claim.user._asdict()
        changed = {"claim": claim.claim, "due_at": due_at, "told_at": told_at, "tries": tries}
        self._database.write(lambda tx: tx.run("settle_mail_person", **key, **changed))

    def is_connected(self, user: UserKey) -> bool:
        """Tell whether the person is here, seen or not."""
        return bool(self._database.read(lambda tx: tx.rows("find_any_lease", **user._asdict())))

    def load_missed(self, claim: Claim) -> list[Missed]:
        """Return what the person has missed since the last mail, the most recent conversation first."""
        return self._database.read(lambda tx: self._missed(tx, claim))

    def _missed(self, tx: Transaction, claim: Claim) -> list[Missed]:
        site_id, user_id = claim.user
        rows = tx.rows(
            "list_missed",
            site_id=site_id,
            user_id=user_id,
            now=self._now_ms(),
            after=claim.told_at,
            limit=CONVERSATIONS_PER_MAIL,
        )
        found = (_load_missed(tx, claim, *row) for row in rows)
        return [missed for missed in found if missed.messages]


def _load_missed(
    tx: Transaction, claim: Claim, conversation_id: str, kind: str, last_seq: int, read_seq: int
) -> Missed:
    site_id, user_id = claim.user
    key = {"site_id": site_id, "conversation_id": conversation_id}
    newest = {"after_seq": read_seq, "before_seq": last_seq + 1, "limit": 10 * MESSAGES_PER_CONVERSATION}
    rows = tx.rows("page_between", **key, **newest)
    messages = read_messages(tx, site_id, user_id, [(conversation_id, row) for row in rows])
    missed = [m for m in messages if _is_news(m, user_id) and m.created_at >= claim.told_at]
    # Of more than were read, those that were not are taken for news.
    count = len(missed) + max(0, last_seq - read_seq - len(rows))
    return Missed(conversation_id, kind, tuple(missed[:MESSAGES_PER_CONVERSATION][::-1]), count)


def _is_news(message: Message, user_id: str) -> bool:
    shown = (message.text or message.files) and not message.hidden and not message.deleted
    return bool(shown) and message.sender_id != user_id and message.kind == "text"
