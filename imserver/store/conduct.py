"""What stands between the senders of a batch and its messages: bans, words, what newcomers may.

design: read in the transaction of the send, like everything that is judged there. A sender's row is held, so
that a ban waits for the sends that are under way, and none that begins after it is stored. Most batches have
nobody banned, no word filter and no newcomer, and pay for two look-ups by key.
"""

import secrets
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

from imserver.errors import Banned, LinksNotYet, MessageRefused, NewcomerLimited
from imserver.protocol.types import SentMessage
from imserver.store.database import Call, Row, Transaction
from imserver.store.house import House, house_of
from imserver.store.jobs import Dressing, Job, NewText, Pair, Send, SentKey
from imserver.store.newcomers import Newcomer, Standing, has_link, stopped_by
from imserver.store.wordlist import WordAction

WAITING, APPROVED, REFUSED = "waiting", "approved", "refused"
# Whoever fills the queue with more than this has not come to talk.
HELD_AT_ONCE = 50


class HeldReason(StrEnum):
    """Why a message waits for a moderator."""

    WORDS = "words"
    FIRST = "first"


class _Screened(NamedTuple):
    """What the word filter says of one message."""

    action: WordAction
    text: str


class _Kept(NamedTuple):
    """What is known of a message that was held before."""

    state: str
    created_at: int


def standing_calls(jobs: Sequence[Job]) -> Iterator[Call]:
    """Yield the look-up that goes with the others of a batch; ``Conduct`` takes its rows."""
    senders = {(job.conversation[0], job.user_id) for job in jobs if type(job) is Send}
    if senders:
        yield "lock_standings", {"pairs": sorted(senders)}


class Conduct:
    """Read once per transaction; ``forget`` begins a new plan. False where nothing is in anybody's way."""

    def __init__(self, *, now: int) -> None:
        self._now = now
        self._houses: dict[str, House] = {}
        self._senders: Sequence[Row] = ()
        self._banned: dict[Pair, int] = {}
        self._new: dict[Pair, Standing] = {}
        self._stored: dict[Pair, Newcomer] = {}
        self._screened: dict[SentKey, _Screened] = {}
        self._kept: dict[SentKey, _Kept] = {}
        self.forget()

    def __bool__(self) -> bool:
        return bool(self._banned or self._new or self._screened)

    def note_houses(self, rows: Sequence[Row]) -> None:
        """Take (site_id, body) of the sites that have house rules."""
        self._houses = {site_id: house_of(body) for site_id, body in rows}

    def note_standings(self, rows: Sequence[Row]) -> None:
        """Take the rows of ``lock_standings``."""
        now = self._now
        self._senders = rows
        self._banned = {(site_id, user_id): until for site_id, user_id, until in rows if until > now}

    def look(self, tx: Transaction, jobs: Sequence[Job]) -> None:
        """Read what is needed of newcomers, and screen the words of the messages."""
        if not self._houses:
            self._load_kept(tx, jobs)
            return
        self._find_newcomers(tx)
        if self._new:
            pairs = sorted(self._new)
            fresh = [(*pair, 0, "[]", "{}") for pair in pairs]
            calls: list[Call] = [
                ("begin_newcomers", {"rows": fresh}),
                ("lock_newcomers", {"pairs": pairs}),
            ]
            for row in tx.together(calls)[1]:
                times, talks = msgspec.json.decode(row[3]), msgspec.json.decode(row[4])
                self._stored[row[:2]] = Newcomer(row[2], times, talks)
        for job in jobs:
            house = self._houses.get(job.conversation[0])
            if house is not None and house.words and isinstance(job, Send) and not job.is_approved:
                self._screen(house, job)
        self._load_kept(tx, jobs)
        self.forget()

    def _find_newcomers(self, tx: Transaction) -> None:
        for site_id, house in self._houses.items():
            user_ids = sorted(row[1] for row in self._senders if row[0] == site_id)
            if not user_ids or not house.newcomers.is_on:
                continue
            for row in tx.rows("find_standings", site_id=site_id, user_ids=user_ids):
                if house.newcomers.covers(Standing(*row), now=self._now):
                    self._new[row[:2]] = Standing(*row)

    def concerns(self, job: Job) -> bool:
        """Tell whether what the job sends again may have been stored when it would be refused now."""
        if not isinstance(job, Send):
            return False
        sender = job.conversation[0], job.user_id
        return (
            sender in self._banned or sender in self._new or any(key in self._screened for key in _keys(job))
        )

    def forget(self) -> None:
        """Plan nothing."""
        self._newcomers = {pair: newcomer.copy() for pair, newcomer in self._stored.items()}
        self._moved: set[Pair] = set()
        self._held: dict[SentKey, Row] = {}
        # (site_id, file_id) of their files, which must be there when a moderator lets them pass.
        self._kept_files: set[Pair] = set()

    def check(self, job: Send, fresh: Sequence[NewText], *, begins: str) -> None:
        """Judge what was not stored before, and plan nothing.

        Raises Banned, MessageRefused, LinksNotYet, NewcomerLimited. ``begins`` is the conversation, where it
        is a direct one in which nothing was said yet.
        """
        if not fresh:
            return
        sender = job.conversation[0], job.user_id
        if sender in self._banned:
            raise Banned(until_ms=self._banned[sender], now=self._now)
        unheld = [new for new in fresh if (*sender, new.client_id) not in self._kept]
        for new in fresh:
            kept = self._kept.get((*sender, new.client_id))
            screened = self._screened.get((*sender, new.client_id))
            if kept is not None and kept.state == REFUSED and not job.is_approved:
                raise MessageRefused
            if screened is not None and screened.action is WordAction.REFUSE:
                raise MessageRefused
        if sender in self._new and unheld and not job.is_approved:
            self._check_newcomer(sender, unheld, begins=begins)

    def plan(self, job: Send, fresh: Sequence[NewText], *, begins: str) -> None:
        """Count what is about to be stored or held."""
        sender = job.conversation[0], job.user_id
        newcomer = self._newcomers.get(sender)
        unheld = [new for new in fresh if (*sender, new.client_id) not in self._kept]
        if newcomer is None or not unheld or job.is_approved:
            return
        newcomer.note(len(unheld), now=self._now, begins=begins)
        self._moved.add(sender)

    def passed(self, job: Send, new: NewText) -> tuple[NewText, bool]:
        """Return the message as it is stored, and whether words in it were masked."""
        sender = job.conversation[0], job.user_id
        newcomer = self._newcomers.get(sender)
        if newcomer is not None:
            newcomer.sent += 1
            self._moved.add(sender)
        screened = self._screened.get((*sender, new.client_id))
        if screened is None:
            return new, False
        return msgspec.structs.replace(new, text=screened.text), True

    def hold(self, job: Send, new: NewText) -> SentMessage | None:
        """Plan that the message waits for a moderator, if it has to, and return what its sender is told."""
        reason = None if job.is_approved else self._reason(job, new)
        if reason is None:
            return None
        key: SentKey = (job.conversation[0], job.user_id, new.client_id)
        kept = self._kept.get(key) or _Kept(WAITING, self._now)
        if key not in self._kept:
            # Those of one request keep their order in the list, too.
            dressing = "" if new.dressing is None else msgspec.json.encode(new.dressing).decode()
            self._kept_files.update((key[0], file_id) for file_id in read_files(new.dressing))
            self._held[key] = (
                key[0],
                f"h{self._now:011x}{len(self._held):03x}{secrets.token_hex(6)}",
                key[1],
                key[2],
                job.conversation[1],
                new.text,
                dressing,
                reason.value,
                WAITING,
                self._now,
            )
        return SentMessage(client_id=new.client_id.hex(), seq=0, created_at=kept.created_at, held=True)

    def pass_edit(self, user: Pair, text: str) -> str:
        """Judge the new text of a stored message; see the function of this name."""
        if user in self._banned:
            raise Banned(until_ms=self._banned[user], now=self._now)
        house = self._houses.get(user[0])
        if house is None:
            return text
        newcomer = self._newcomers.get(user)
        if newcomer is not None and newcomer.sent < house.newcomers.links_after and has_link(text):
            raise LinksNotYet
        action, written = house.words.judge(text)
        if action in (WordAction.REFUSE, WordAction.HOLD):
            raise MessageRefused
        return written

    def calls(self) -> Iterator[Call]:
        """Yield the statements that write what was planned."""
        if self._held:
            yield "insert_held", {"rows": [self._held[key] for key in sorted(self._held)]}
        if self._kept_files:
            yield "keep_files", {"pairs": sorted(self._kept_files)}
        if self._moved:
            rows = [_columns(pair, self._newcomers[pair]) for pair in sorted(self._moved)]
            yield "save_newcomers", {"rows": rows}

    def _reason(self, job: Send, new: NewText) -> HeldReason | None:
        sender = job.conversation[0], job.user_id
        if (*sender, new.client_id) in self._kept:
            return HeldReason.FIRST  # it waits already; why is written down
        screened = self._screened.get((*sender, new.client_id))
        if screened is not None and screened.action is WordAction.HOLD:
            return HeldReason.WORDS
        newcomer = self._newcomers.get(sender)
        is_first = newcomer is not None and newcomer.sent < self._houses[sender[0]].newcomers.hold_first
        return HeldReason.FIRST if is_first else None

    def _check_newcomer(self, sender: Pair, fresh: Sequence[NewText], *, begins: str) -> None:
        stop = stopped_by(
            self._houses[sender[0]].newcomers,
            self._newcomers[sender],
            count=len(fresh),
            now=self._now,
            begins=begins,
            link=any(has_link(new.text) for new in fresh),
        )
        if stop is None:
            return
        if stop.name == "links":
            raise LinksNotYet
        raise NewcomerLimited(retry_after=max(0.1, round(stop.wait_ms / 1000, 1)))

    def _screen(self, house: House, job: Send) -> None:
        for key, new in zip(_keys(job), job.messages, strict=True):
            action, text = house.words.judge(new.text)
            if action is not None:
                self._screened[key] = _Screened(action, text)

    def _load_kept(self, tx: Transaction, jobs: Sequence[Job]) -> None:
        doubtful = [job for job in jobs if self.concerns(job)]
        triples = sorted({key for job in doubtful if isinstance(job, Send) for key in _keys(job)})
        if not triples:
            return
        self._kept = {
            (site_id, sender_id, bytes(client_id)): _Kept(state, created_at)
            for site_id, sender_id, client_id, state, created_at in tx.rows("find_held", triples=triples)
            if state != APPROVED
        }


def pass_edit(tx: Transaction, user: Pair, text: str, *, now: int) -> str:
    """Return the text that an edit leaves, masked where the rules say so.

    Raises Banned, MessageRefused also for what would have to wait for a moderator, and LinksNotYet.
    """
    conduct = Conduct(now=now)
    conduct.note_houses(tx.rows("load_house_rules", site_ids=[user[0]]))
    conduct.note_standings(tx.rows("lock_standings", pairs=[user]))
    conduct.look(tx, [])
    return conduct.pass_edit(user, text)


def _keys(job: Send) -> list[SentKey]:
    return [(job.conversation[0], job.user_id, new.client_id) for new in job.messages]


def _columns(pair: Pair, newcomer: Newcomer) -> Row:
    recent, talks = msgspec.json.encode(newcomer.times), msgspec.json.encode(newcomer.talks)
    return (*pair, newcomer.sent, recent.decode(), talks.decode())


def read_files(dressing: Dressing | None) -> tuple[str, ...]:
    """Return the ids of the files of a message."""
    return () if dressing is None else dressing.files


def read_dressing(column: str) -> Dressing | None:
    """Return what a held message has beside its text."""
    return msgspec.json.decode(column, type=Dressing) if column else None
