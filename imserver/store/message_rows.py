"""From the rows of messages to what a person is shown of them.

design: a plain message has no ``extra`` and costs no look at one. What a reply quotes is not stored with it
but read with it, all the quotes of a page in one query, so that a deleted text is gone from its quotes too.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from imserver.protocol.types import (
    QUOTE_CHARACTERS,
    File,
    Line,
    Message,
    MessageKind,
    Quote,
    Reaction,
)
from imserver.store.database import Row, Transaction

# The columns of a message, in SQL: m.seq, m.sender_id, m.client_id, m.body, m.created_at, m.extra, m.version


class Extra(msgspec.Struct, frozen=True, omit_defaults=True):
    """The JSON of ``messages.extra``.

    ``hidden_from``: those whom the message is kept from. ``veiled``: those whose reactions only they see.
    ``masked``: the site's word filter has put stars in the place of words.
    """

    line: Line | None = None
    reply_to: int = 0
    mentions: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    edited_at: int = 0
    deleted: bool = False
    pinned: bool = False
    hidden_from: tuple[str, ...] = ()
    veiled: tuple[str, ...] = ()
    masked: bool = False


NOTHING = Extra()
_decode = msgspec.json.Decoder(Extra).decode
_encode = msgspec.json.Encoder().encode


def extra_of(column: Any) -> Extra:
    """Return what the column ``extra`` says."""
    return _decode(bytes(column)) if column is not None else NOTHING


def extra_column(extra: Extra) -> bytes | None:
    """Return what is stored: nothing for nothing."""
    return _encode(extra) if extra != NOTHING else None


class Quoted(msgspec.Struct, frozen=True):
    """A message that is answered, and from whom it is hidden."""

    quote: Quote
    hidden_from: tuple[str, ...]

    def for_viewer(self, viewer_id: str) -> Quote:
        """Return the quote as the person may see it."""
        return msgspec.structs.replace(self.quote, text="") if viewer_id in self.hidden_from else self.quote


# (site_id, conversation_id, seq): a message by its place.
Place = tuple[str, str, int]


def read_messages(
    tx: Transaction, site_id: str, viewer_id: str, rows: Sequence[tuple[str, Row]]
) -> list[Message]:
    """Return the messages of ``(conversation_id, columns)`` as the viewer sees them.

    Asks for nothing unless one of them is a reply.
    """
    extras = [extra_of(columns[5]) for _, columns in rows]
    places = [(site_id, row[0], extra.reply_to) for row, extra in zip(rows, extras, strict=True)]
    quotes = load_quotes(tx, places)
    return [
        dress(plain_message(*row), extra, viewer_id=viewer_id, quoted=quotes.get(place))
        for row, extra, place in zip(rows, extras, places, strict=True)
    ]


def load_quotes(tx: Transaction, places: Iterable[Place]) -> dict[Place, Quoted]:
    """Return what the places hold; a seq of 0 is none."""
    triples = sorted({place for place in places if place[2]})
    if not triples:
        return {}
    return {row[:3]: _quoted(*row[2:]) for row in tx.rows("load_quotes", triples=triples)}


def _quoted(seq: int, sender_id: str, body: str, extra: Any) -> Quoted:
    hidden_from = extra_of(extra).hidden_from
    return Quoted(Quote(seq=seq, sender_id=sender_id, text=body[:QUOTE_CHARACTERS]), hidden_from)


def plain_message(conversation_id: str, columns: Row) -> Message:
    """Make a Message of what the columns hold beside ``extra``."""
    seq, sender_id, client_id, body, created_at, _, version = columns
    return Message(
        conversation_id=conversation_id,
        seq=seq,
        sender_id=sender_id,
        client_id=bytes(client_id).hex(),
        text=body,
        created_at=created_at,
        version=version,
    )


def dress(message: Message, extra: Extra, *, viewer_id: str, quoted: Quoted | None) -> Message:
    """Return the message with what it has beside its text, as the viewer sees it."""
    if extra is NOTHING:
        return message
    if viewer_id in extra.hidden_from:
        return msgspec.structs.replace(message, text="", hidden=True)
    return msgspec.structs.replace(
        message,
        kind=MessageKind.TEXT if extra.line is None else MessageKind.LINE,
        line=extra.line or msgspec.UNSET,
        edited_at=extra.edited_at or msgspec.UNSET,
        deleted=extra.deleted,
        reply=quoted.for_viewer(viewer_id) if quoted else msgspec.UNSET,
        mentions=extra.mentions,
        files=extra.files,
        reactions=_unveiled(extra, viewer_id) if extra.veiled else extra.reactions,
        pinned=extra.pinned,
    )


def _unveiled(extra: Extra, viewer_id: str) -> tuple[Reaction, ...]:
    """Leave the reactions of veiled people to themselves; of direct conversations all names are known."""
    seen: list[Reaction] = []
    for reaction in extra.reactions:
        ids = tuple(u for u in reaction.user_ids if u == viewer_id or u not in extra.veiled)
        if ids:
            seen.append(Reaction(emoji=reaction.emoji, count=len(ids), user_ids=ids))
    return tuple(seen)
