"""Looking for messages: newest first, a page at a time, with bounded work.

design: the index names candidates, and each is judged by its text as the person sees it, so what is hidden,
deleted or changed is never found, whatever the index says. ``_Walk`` goes through one conversation from its
end: first what is not in the index yet, then the candidates. A search of everything walks many, the most
recent first, and begins one only when no hit that is known is newer than its last message. Every step is a
short transaction of its own with a turn of the loop after it: SQLite reads on the hub.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Annotated

import gevent
import msgspec

from imserver.errors import InvalidRequest, NotFound
from imserver.protocol.types import Message, SearchHit, SearchPage
from imserver.store.database import Database, Row, Transaction, first_row
from imserver.store.keyset import open_place, seal
from imserver.store.members import may_read
from imserver.store.message_rows import read_messages
from imserver.store.search_index import block_of, seqs_of
from imserver.store.words import LAST_CHARACTER, Query, parse_query

# A page costs at most so many texts that turn out to be no hits; then it ends early, and the next goes on.
TEXTS_PER_PAGE = 4_000
# Of a conversation that is one of many: the newest of what the index does not hold yet, and of its mistakes.
TEXTS_PER_CONVERSATION = 400
TEXTS_PER_READ = 100
# Blocks of 60 messages that the index is asked for at once: a common word is in the newest of them, and for a
# rare one 100,000 messages are four questions.
BLOCKS_AT_FIRST, BLOCKS_AT_MOST = 32, 4_096
# The conversations that a search of everything looks through, and how many it asks the index for at once.
CONVERSATIONS_SEARCHED = 2_000
CONVERSATIONS_PER_READ = 100

Number = Annotated[int, msgspec.Meta(ge=0, le=2**62)]


class SearchPlace(msgspec.Struct, frozen=True, array_like=True, tag="s"):
    """In one conversation: everything from this seq on has been seen."""

    before_seq: Number


class EverywherePlace(msgspec.Struct, frozen=True, array_like=True, tag="e"):
    """In all of them: the last hit."""

    created_at: Number
    conversation_id: str
    seq: Number


@dataclass(frozen=True, slots=True)
class _Place:
    """A conversation that is searched, for whom, and how much of it the index holds."""

    site_id: str
    user_id: str
    conversation_id: str
    last_seq: int
    last_at: int
    indexed_seq: int

    @property
    def key(self) -> dict[str, str]:
        return {"site_id": self.site_id, "conversation_id": self.conversation_id}


class Search:
    """What a person may read, and nothing else."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page_conversation(
        self, site_id: str, user_id: str, conversation_id: str, *, q: str, cursor: str | None, limit: int
    ) -> SearchPage:
        """Return hits of one conversation; an early end has a cursor, too. Raises NotFound."""
        before = open_place(cursor, SearchPlace).before_seq if cursor else None
        place = self._database.read(lambda tx: _find_place(tx, site_id, user_id, conversation_id))
        query = _require_query(q)
        walk = _Walk(self._database, place, query, before=before or place.last_seq + 1, texts=TEXTS_PER_PAGE)
        hits = list(islice(walk, limit))
        end = hits[-1].seq if len(hits) == limit else walk.before
        return _page(hits, SearchPlace(end) if end > 1 else None)

    def page_everywhere(
        self, site_id: str, user_id: str, *, q: str, cursor: str | None, limit: int
    ) -> SearchPage:
        """Return hits of all conversations that the person takes part in, the newest first."""
        after = open_place(cursor, EverywherePlace) if cursor else None
        query = _require_query(q)
        rows = self._database.read(
            lambda tx: tx.rows(
                "searched_conversations", site_id=site_id, user_id=user_id, limit=CONVERSATIONS_SEARCHED
            )
        )
        places = [_Place(site_id, user_id, *row) for row in rows]
        merged = self._merge(self._worth_a_walk(places, query), query, after)
        hits = list(islice(merged, limit))
        return _page(hits, _end(hits[-1]) if len(hits) == limit else None)

    def _worth_a_walk(self, places: Sequence[_Place], query: Query) -> Iterator[_Place]:
        """Yield those that have the query's rarest term, or something that is not in the index yet."""
        for start in range(0, len(places), CONVERSATIONS_PER_READ):
            chunk = places[start : start + CONVERSATIONS_PER_READ]
            named = self._named(chunk, query)
            gevent.sleep(0)
            yield from (p for p in chunk if p.conversation_id in named or p.indexed_seq < p.last_seq)

    def _named(self, places: Sequence[_Place], query: Query) -> set[str]:
        low = query.exact[0] if query.exact else query.prefix
        ids = [place.conversation_id for place in places]
        between = {
            "low": low,
            "high": low + ("\0" if query.exact else LAST_CHARACTER),
            "conversation_ids": ids,
        }
        site_id = places[0].site_id
        found = self._database.read(
            lambda tx: tx.rows("conversations_with_terms", site_id=site_id, **between)
        )
        return {row[0] for row in found}

    def _merge(
        self, places: Iterator[_Place], query: Query, after: EverywherePlace | None
    ) -> Iterator[Message]:
        heap: list[tuple[tuple[int, str, int], Message, Iterator[Message]]] = []
        coming = next(places, None)
        while coming or heap:
            if coming and (not heap or coming.last_at >= heap[0][1].created_at):
                _push(heap, self._hits_after(coming, query, after))
                coming = next(places, None)
                continue
            _, message, rest = heapq.heappop(heap)
            yield message
            _push(heap, rest)

    def _hits_after(self, place: _Place, query: Query, after: EverywherePlace | None) -> Iterator[Message]:
        before = place.last_seq + 1
        if after is not None and place.last_at > after.created_at:
            before = self._seq_after(place, after.created_at)
        walk = _Walk(self._database, place, query, before=before, texts=TEXTS_PER_CONVERSATION)
        for message in walk:
            if after is None or _order(message) > (-after.created_at, after.conversation_id, -after.seq):
                yield message

    def _seq_after(self, place: _Place, created_at: int) -> int:
        """Return the first seq that is later than the time, by halving."""
        low, high = 1, place.last_seq + 1
        while low < high:
            middle = (low + high) // 2
            row = first_row(
                self._database.read(lambda tx, seq=middle: tx.rows("find_sent_at", **place.key, seq=seq))  # type: ignore[misc]
            )
            # Those that the site keeps no longer were the oldest.
            if row is not None and row[0] > created_at:
                high = middle
            else:
                low = middle + 1
        return low


class _Walk:
    """Iterates over the hits of one conversation, the newest first.

    ``before``: everything from this seq on has been seen. It stands above 1 at the end when ``texts`` were
    read for nothing first.
    """

    def __init__(self, database: Database, place: _Place, query: Query, *, before: int, texts: int) -> None:
        self.before = min(before, place.last_seq + 1)
        self._database = database
        self._place = place
        self._query = query
        self._texts = texts

    def __iter__(self) -> Iterator[Message]:
        floor = self._place.indexed_seq
        while self.before > floor + 1 and self._texts > 0:
            between = {"after_seq": floor, "before_seq": self.before, "limit": TEXTS_PER_READ}
            seqs, hits = self._read("page_between", **between)
            yield from hits
            self.before = seqs[-1] if len(seqs) == TEXTS_PER_READ else floor + 1
        if self._texts <= 0:
            return
        for portion in self._portions():
            _, hits = self._read("load_messages", seqs=portion)
            yield from hits
            self.before = portion[-1]
            if self._texts <= 0:
                return
        self.before = 1

    def _read(self, name: str, **parameters: object) -> tuple[list[int], list[Message]]:
        """Return what was read and, as the person sees them, those that match; both the newest first."""
        place, matches = self._place, self._query.matches

        def read(tx: Transaction) -> tuple[list[int], list[Message]]:
            rows = sorted(tx.rows(name, **place.key, **parameters), reverse=True)
            found = [(place.conversation_id, row) for row in rows if matches(row[3])]
            messages = read_messages(tx, place.site_id, place.user_id, found)
            return [row[0] for row in rows], [m for m in messages if m.text and matches(m.text)]

        seqs, hits = self._database.read(read)
        self._texts -= len(seqs) - len(hits)
        gevent.sleep(0)
        return seqs, hits

    def _portions(self) -> Iterator[list[int]]:
        """Yield the messages that the index names, as many at once as are read at once."""
        named = self._named()
        while portion := list(islice(named, TEXTS_PER_READ)):
            yield portion

    def _named(self) -> Iterator[int]:
        start, last, count = self.before, block_of(self.before - 1), BLOCKS_AT_FIRST
        while last >= 0:
            first = max(0, last - count + 1)
            blocks = self._blocks(first, last)
            for block in sorted(blocks, reverse=True):
                yield from (seq for seq in seqs_of(block, blocks[block]) if seq < start)
            last, count = first - 1, min(count * 4, BLOCKS_AT_MOST)

    def _blocks(self, first: int, last: int) -> dict[int, int]:
        """Return the bits that have all of the query's terms, by block; a term at a time."""
        left: dict[int, int] | None = None
        between = {"first": first, "last": last}
        for term in self._query.exact:
            left = _both(left, self._index("term_blocks", term=term, **between))
        if self._query.prefix and left != {}:
            low, high = self._query.prefix, self._query.prefix + LAST_CHARACTER
            left = _both(left, self._index("prefix_blocks", low=low, high=high, **between))
        return left or {}

    def _index(self, name: str, **parameters: object) -> list[Row]:
        rows = self._database.read(lambda tx: tx.rows(name, **self._place.key, **parameters))
        gevent.sleep(0)
        return rows


def _both(left: dict[int, int] | None, rows: list[Row]) -> dict[int, int]:
    """Return what is in both; of the rows of one block each counts."""
    right: dict[int, int] = {}
    for block, bits in rows:
        right[block] = right.get(block, 0) | bits
    if left is None:
        return right
    both = ((block, bits & right.get(block, 0)) for block, bits in left.items())
    return {block: bits for block, bits in both if bits}


def _require_query(q: str) -> Query:
    query = parse_query(q)
    if query.is_empty:
        raise InvalidRequest("q has a word to look for.")
    return query


def _find_place(tx: Transaction, site_id: str, user_id: str, conversation_id: str) -> _Place:
    row = first_row(tx.rows("find_searched", site_id=site_id, conversation_id=conversation_id))
    if row is None or not may_read(tx, site_id, user_id, conversation_id):
        raise NotFound
    return _Place(site_id, user_id, conversation_id, *row)


def _order(message: Message) -> tuple[int, str, int]:
    return -message.created_at, message.conversation_id, -message.seq


def _push(
    heap: list[tuple[tuple[int, str, int], Message, Iterator[Message]]], hits: Iterator[Message]
) -> None:
    message = next(hits, None)
    if message is not None:
        heapq.heappush(heap, (_order(message), message, hits))


def _end(message: Message) -> EverywherePlace:
    return EverywherePlace(message.created_at, message.conversation_id, message.seq)


def _page(hits: list[Message], end: msgspec.Struct | None) -> SearchPage:
    data = [SearchHit(message=message, conversation_id=message.conversation_id) for message in hits]
    return SearchPage(data=data, next_cursor=seal(end) if end else None)
