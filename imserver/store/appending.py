"""The one place where events are numbered and appended to the streams of those who are to hear them."""

from collections.abc import Iterable, Iterator, Sequence
from os import urandom

from imserver.protocol.events import event_bytes
from imserver.store.database import Call, Row, Transaction
from imserver.store.jobs import Pair
from imserver.store.values import Delivery

# An inbox row without its number: (site_id, user_id or room_stream), kind, conversation_id, seq, payload,
# body. payload is what the log replays, and None for an event whose message the log reads anew. A plain
# tuple: a commit makes thousands.
StreamEvent = tuple[tuple[str, str], str, str, int, bytes | None, bytes]
# The newest event of a stream: its number and its tag.
_Head = tuple[int, int]
# Where an event stands: its number, its tag, and the tag of the one before it.
_Place = tuple[int, int, int]


def append_events(
    tx: Transaction,
    events: Sequence[StreamEvent],
    *,
    now: int,
    first: Iterable[Call] = (),
    last: Iterable[Call] = (),
) -> list[Delivery]:
    """Number the events per stream, in their order, under the streams' locks; return what is to be told.

    The streams are the last rows that a transaction locks: conversations first, then participants and
    tables of one's own, then this. Tell the deliveries only once it is committed. The streams exist.
    ``first`` and ``last`` are statements that go with these, without round trips of their own; raises what
    they raise.
    """
    if not events:
        tx.together([*first, *last])
        return []
    streams = sorted({event[0] for event in events})
    locked = tx.together([*first, ("lock_streams", {"pairs": streams})])[-1]
    heads: dict[Pair, _Head] = {row[:2]: row[2:4] for row in locked}
    places = _number(events, heads)
    deliveries: list[Delivery] = []

    def calls() -> Iterator[Call]:
        yield "insert_inbox", {"rows": _inbox_rows(events, places, now)}
        yield "save_streams", {"rows": [(*stream, *heads[stream]) for stream in streams]}
        yield from last
        # While the database works on all this.
        deliveries.extend(_deliveries(events, places))

    tx.together(calls())
    return deliveries


def _number(events: Sequence[StreamEvent], heads: dict[Pair, _Head]) -> list[_Place]:
    """Give each event its place in its stream, and move the heads."""
    # One tag for all of a transaction: it tells one history from another, and each has its own number.
    tag = int.from_bytes(urandom(4))
    places = []
    for event in events:
        head, after_tag = heads[event[0]]
        heads[event[0]] = (head + 1, tag)
        places.append((head + 1, tag, after_tag))
    return places


def _inbox_rows(events: Sequence[StreamEvent], places: list[_Place], now: int) -> list[Row]:
    return [
        (*stream, useq, tag, kind, conversation_id, seq, payload, now)
        for (stream, kind, conversation_id, seq, payload, _), (useq, tag, _) in zip(
            events, places, strict=True
        )
    ]


def _deliveries(events: Sequence[StreamEvent], places: list[_Place]) -> Iterator[Delivery]:
    for (stream, kind, _, _, _, body), (useq, tag, after_tag) in zip(events, places, strict=True):
        yield Delivery(*stream, useq, tag, event_bytes(kind, body, (useq, tag)), after_tag)
