"""The index of messages: made behind the sends, a slice at a time, and never in their transaction.

design: messages are taken in blocks of 60, and one row of ``search_terms`` says which messages of a block
have a term, as bits. A conversation of 100,000 messages has at most 1,667 rows of a term however common it
is, and several words are one AND of whole numbers. ``search_marks`` says how far a conversation has been
taken in; the rows and the mark are written together, under the mark's lock, so every message is taken in once
however many workers there are and whenever one of them dies. What is beyond the mark is searched by reading
it, so nothing has to be taken in soon: a conversation waits until a block of it is full or it has been quiet
for a while.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import gevent

from imserver.store.database import Database, Row, Transaction
from imserver.store.words import terms_of

# Bits of a signed column; a block of 60 costs a chat of two a tenth of the rows that a row per message would.
BLOCK_MESSAGES = 60
ALL_BITS = (1 << BLOCK_MESSAGES) - 1
# A chat that is quiet for so long is taken in though its last block is not full.
QUIET_MS = 300_000
# Ten blocks in a transaction are three times as fast as one; one is enough while others want to write.
SLICE_MESSAGES = 10 * BLOCK_MESSAGES
# Of the time that a slice took: while sends wait, the index may have a twentieth of it.
BUSY_PAUSE, IDLE_PAUSE = 20.0, 1.0
TEXTS_PER_TURN = 100
CONVERSATIONS_PER_PAGE = 500
# Conversations that are known to be due before their time; the others are when it comes.
FULL_KNOWN = 1_000
# Empty places that are left alone: an eighth, and some where there are few.
EMPTY_SHARE, EMPTY_KEPT = 8, 64
# Conversations that are known to have grown; beyond that all are looked through again.
GROWN_LIMIT = 100_000

Pair = tuple[str, str]
START: Pair = ("", "")


class _Grown(NamedTuple):
    """Since when and from which seq on a conversation has messages that are not taken in."""

    noted_at: int
    first_seq: int
    last_seq: int


class SearchIndex:
    """``is_busy`` tells whether sends wait. Any number of workers may work at once."""

    def __init__(
        self, database: Database, *, now_ms: Callable[[], int], is_busy: Callable[[], bool] = lambda: False
    ) -> None:
        self.taken_count = 0
        self._database = database
        self._now_ms = now_ms
        self._is_busy = is_busy
        # What is taken in leaves an empty place behind, which holds the key for the next message: a dict of
        # 20,000 entries that come and go doubles itself.
        self._grown: dict[Pair, _Grown | Pair] = {}
        self._empty_count = 0
        # In the order in which they were noted, and when; some have been taken in since.
        self._order: deque[Pair] = deque()
        self._times: deque[int] = deque()
        # Those of them that have a full block.
        self._full: dict[Pair, None] = {}
        # Where the look through all conversations goes on: what a dead worker left is found by nobody else.
        self._place: Pair | None = START

    def note(self, grown: Iterable[Row]) -> None:
        """Hear of (site_id, conversation_id, last_seq, …) that a commit has made. Never blocks."""
        now = self._now_ms()
        for row in grown:
            self._note((row[0], row[1]), first_seq=row[2], last_seq=row[2], at=now, now=now)
        if len(self._grown) > GROWN_LIMIT:
            for known in (self._grown, self._full, self._order, self._times):
                known.clear()
            self._empty_count = 0
            self._place = START

    def work(self) -> int:
        """Take in what is due, with pauses for others; return how many messages that were."""
        self._look_further()
        taken = 0
        for pair, grown in self._due():
            try:
                taken += self.take_in(pair)
            except Exception:
                # It will be looked at again; nobody else would find it.
                now = self._now_ms()
                self._note(pair, first_seq=grown.first_seq, last_seq=grown.last_seq, at=now, now=now)
                raise
        return taken

    def catch_up(self) -> int:
        """Look through all conversations and take in whatever is due; return how many messages that were."""
        self._place, taken = START, 0
        while self._place is not None:
            taken += self.work()
        return taken

    def take_in(self, pair: Pair) -> int:
        """Take in one conversation to its end; return how many messages that were."""
        taken = 0
        while True:
            began = time.monotonic()
            busy = self._is_busy()
            count = self._slice(pair, BLOCK_MESSAGES if busy else SLICE_MESSAGES)
            taken += count
            if not count:
                return taken
            gevent.sleep((time.monotonic() - began) * (BUSY_PAUSE if busy else IDLE_PAUSE))

    def _note(self, pair: Pair, *, first_seq: int, last_seq: int, at: int, now: int) -> None:
        known = self._grown.get(pair)
        # One that is found late comes behind younger ones, where its time is not seen.
        is_late = False
        if not isinstance(known, _Grown):
            if known is not None:
                # This very object is the place's key; the other, which is equal, would be held beside it.
                pair = known
                self._empty_count -= 1
            known = self._grown[pair] = _Grown(at, first_seq, last_seq)
            self._order.append(pair)
            self._times.append(at)
            is_late = at <= now - QUIET_MS
        elif last_seq > known.last_seq:
            known = self._grown[pair] = _Grown(known.noted_at, known.first_seq, last_seq)
        is_full = known.last_seq - known.first_seq + 1 >= BLOCK_MESSAGES
        if (is_full or is_late) and len(self._full) < FULL_KNOWN:
            self._full[pair] = None

    def _due(self) -> Iterator[tuple[Pair, _Grown]]:
        """Yield what is full or has waited long, each when its turn comes; look at no other.

        Until then it stays where it is: 20,000 conversations that fall due in the same minute, and go on
        growing while they wait, would otherwise be held twice.
        """
        before = self._now_ms() - QUIET_MS
        for pair in list(self._full):
            grown = self._leave(pair)
            if grown is not None:
                yield pair, grown
        while self._times and self._times[0] <= before:
            noted_at, pair = self._times.popleft(), self._order.popleft()
            known = self._grown.get(pair)
            if isinstance(known, _Grown) and known.noted_at == noted_at:
                self._leave(pair)
                yield pair, known

    def _leave(self, pair: Pair) -> _Grown | None:
        """Let an empty place remain; return what was there, None if it is empty already."""
        known = self._grown.get(pair)
        if not isinstance(known, _Grown):
            return None
        self._full.pop(pair, None)
        self._grown[pair] = pair
        self._empty_count += 1
        if self._empty_count > EMPTY_KEPT + len(self._grown) // EMPTY_SHARE:
            self._grown = {key: place for key, place in self._grown.items() if isinstance(place, _Grown)}
            self._empty_count = 0
        return known

    def _look_further(self) -> None:
        """Look at one more page of all conversations, until all have been seen once."""
        if self._place is None:
            return
        site_id, conversation_id = self._place
        page = self._database.read(
            lambda tx: tx.rows(
                "page_search_marks",
                site_id=site_id,
                conversation_id=conversation_id,
                limit=CONVERSATIONS_PER_PAGE,
            )
        )
        now = self._now_ms()
        for *pair, last_seq, last_at, indexed_seq in page:
            if last_seq > indexed_seq:
                first_seq = indexed_seq + 1
                self._note((pair[0], pair[1]), first_seq=first_seq, last_seq=last_seq, at=last_at, now=now)
        self._place = (page[-1][0], page[-1][1]) if page else None

    def _slice(self, pair: Pair, most: int) -> int:
        """Take in at most so many messages; 0 if there are none, or another worker was faster."""
        key = {"site_id": pair[0], "conversation_id": pair[1]}

        def read(tx: Transaction) -> tuple[int, list[Row]]:
            after = find_mark(tx, key)
            return after, tx.rows("texts_after", **key, after_seq=after, limit=most)

        after, texts = self._database.read(read)
        if not texts:
            return 0
        rows = sorted((*pair, term, block, bits) for (term, block), bits in _bits(texts).items())

        def write(tx: Transaction) -> int:
            tx.run("touch_search_mark", **key)
            if find_mark(tx, key) != after:
                return 0
            if tx.rows("texts_after", **key, after_seq=after, limit=len(texts)) != texts:
                return 0
            if rows:
                tx.run("add_search_terms", rows=rows)
            tx.run("save_search_mark", **key, indexed_seq=texts[-1][0])
            return len(texts)

        taken = self._database.write(write)
        self.taken_count += taken
        if not taken:
            # Somebody else took it in, or a message was changed meanwhile: it will be looked at again.
            now = self._now_ms()
            self._note(pair, first_seq=texts[0][0], last_seq=texts[-1][0], at=now, now=now)
        return taken


def replace_text(tx: Transaction, pair: Pair, seq: int, *, old: str, new: str) -> None:
    """Let the index know that a message has another text, within the transaction that changes it.

    It holds the conversation's mark, so that the message is either in the index and is changed there, or will
    be taken in with the new text.
    """
    key = {"site_id": pair[0], "conversation_id": pair[1]}
    tx.run("touch_search_mark", **key)
    if seq > find_mark(tx, key):
        return
    before, after = terms_of(old), terms_of(new)
    block, bit = block_of(seq), bit_of(seq)
    if gone := sorted(before - after):
        tx.run("drop_search_bit", **key, block=block, kept=ALL_BITS & ~bit, terms=gone)
    if fresh := sorted(after - before):
        tx.run("add_search_terms", rows=[(*pair, term, block, bit) for term in fresh])


def find_mark(tx: Transaction, key: dict[str, str]) -> int:
    """Return the last seq of the conversation that is in the index."""
    rows = tx.rows("find_search_mark", **key)
    return int(rows[0][0]) if rows else 0


def block_of(seq: int) -> int:
    """Return the number of the block that holds the message."""
    return (seq - 1) // BLOCK_MESSAGES


def bit_of(seq: int) -> int:
    """Return the message's bit in its block."""
    return 1 << ((seq - 1) % BLOCK_MESSAGES)


def seqs_of(block: int, bits: int) -> Iterator[int]:
    """Yield the messages that the bits of a block stand for, the newest first."""
    while bits:
        top = bits.bit_length() - 1
        yield block * BLOCK_MESSAGES + top + 1
        bits ^= 1 << top


def _bits(texts: list[Row]) -> dict[tuple[str, int], int]:
    found: dict[tuple[str, int], int] = {}
    for number, (seq, body) in enumerate(texts, 1):
        block, bit = block_of(seq), bit_of(seq)
        for term in terms_of(body):
            key = (term, block)
            found[key] = found.get(key, 0) | bit
        if number % TEXTS_PER_TURN == 0:
            gevent.sleep(0)
    return found
