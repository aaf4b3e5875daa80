"""The one place where events are numbered and appended to the streams of those who are to hear them."""

import struct
from collections.abc import Sequence
from os import urandom

from imserver.protocol.events import event_bytes
from imserver.store.database import Transaction
from imserver.store.values import Delivery

# An inbox row without its number: (site_id, user_id or room_stream), kind, conversation_id, seq, payload,
# body. payload is what the log replays, and None for an event whose message the log reads anew. A plain
# tuple: a commit makes thousands.
StreamEvent = tuple[tuple[str, str], str, str, int, bytes | None, bytes]


def append_events(tx: Transaction, events: Sequence[StreamEvent], *, now: int) -> list[Delivery]:
    """Number the events per stream, in their order, under the streams' locks; return what is to be told.

    The streams are the last rows that a transaction locks: conversations first, then participants and
    tables of one's own, then this. Tell the deliveries only once it is committed. The streams exist.
    """
    if not events:
        return []
    streams = sorted({event[0] for event in events})
    heads = {row[:2]: row[2:4] for row in tx.rows("lock_streams", pairs=streams)}
    tags = struct.unpack(f"={len(events)}I", urandom(4 * len(events)))
    rows, deliveries = [], []
    for event, tag in zip(events, tags, strict=True):
        stream, kind, conversation_id, seq, payload, body = event
        site_id, user_id = stream
        head, after_tag = heads[stream]
        useq = head + 1
        place = heads[stream] = (useq, tag)
        rows.append((site_id, user_id, useq, tag, kind, conversation_id, seq, payload, now))
        deliveries.append(Delivery(site_id, user_id, useq, tag, event_bytes(kind, body, place), after_tag))
    tx.run("insert_inbox", rows=rows)
    tx.run("save_streams", rows=[(*stream, *heads[stream]) for stream in streams])
    return deliveries
