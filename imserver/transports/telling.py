"""What a reader of events is told, framed; made once for all who are told the same."""

from typing import NamedTuple

from imserver.protocol.cursor import Cursor
from imserver.protocol.framing import Framing
from imserver.router import BEST_EFFORT, Letter, Mailbox
from imserver.store.log import BYTES_PER_ANSWER
from imserver.store.values import Backlog
from imserver.transports.outbox import Outbox
from imserver.transports.stream import Reader, Stage, pack
from imserver.transports.waiter import TAG_BITS


class Told(NamedTuple):
    """What follows ``before``, framed, and the cursor behind it. The first four fields say to whom."""

    mailbox: Mailbox | None
    sent: int
    heard: int
    before: int
    after: int
    data: bytes


NOTHING = Told(None, 0, 0, 0, 0, b"")


class Teller:
    """Frames what readers are told, and gathers it for their sockets.

    Remembers the last thing it made: the thousand readers of a room come one after the other.
    """

    def __init__(self, framing: Framing, outbox: Outbox) -> None:
        self._framing = framing
        self._outbox = outbox
        self._told = NOTHING

    def follow_up(self, reader: Reader) -> bytes | None:
        """Return what was sent to the reader, and move its cursor; None when the log must be read."""
        mailbox = reader.mailbox
        letter = mailbox.only
        if letter is not None and mailbox.count != reader.heard and not mailbox.has_others():
            data = self._follow(reader, letter)
            if data is not None:
                return data
        return self._tell(reader)

    def tell_next(self, reader: Reader, letter: Letter) -> bool:
        """Say the newest letter of its mailbox to a reader that has heard all others; False if it cannot."""
        count = reader.mailbox.count
        if reader.heard != count - 1 or (data := self._follow(reader, letter)) is None:
            return False
        reader.heard = count
        self.say(reader, data)
        return True

    def say(self, reader: Reader, data: bytes) -> None:
        """Gather what is framed, and note whose peer takes bytes more slowly than they are made."""
        fd = reader.stream.fd
        self._outbox.put(fd, data)
        if self._outbox.is_full(fd):
            reader.stage = Stage.FULL

    def _follow(self, reader: Reader, letter: Letter) -> bytes | None:
        """Return ``letter``, and move the cursor; None unless it is what follows the reader's place."""
        packed, (useq, tag, event, after_tag) = reader.packed_cursor, letter
        if useq == BEST_EFFORT:
            is_next = packed >> TAG_BITS >= reader.mailbox.head
            return self._framing.event(event, None) if is_next else None
        if packed != (useq - 1) << TAG_BITS | after_tag or len(event) > BYTES_PER_ANSWER:
            return None
        reader.packed_cursor = useq << TAG_BITS | tag
        return self._frame(letter, reader.room)

    def _tell(self, reader: Reader) -> bytes | None:
        told, mailbox = self._told, reader.mailbox
        if not (
            told.mailbox is mailbox
            and told.before == reader.packed_cursor
            and told.sent == mailbox.count
            and told.heard == reader.heard
        ):
            found = self._make(reader)
            if found is None:
                return None
            told = found
        reader.packed_cursor = told.after
        return told.data

    def _make(self, reader: Reader) -> Told | None:
        mailbox = reader.mailbox
        letters = mailbox.after(reader.cursor)
        if letters is None or sum(len(letter.event) for letter in letters) > BYTES_PER_ANSWER:
            return None
        fleeting = mailbox.best_effort_since(reader.heard)
        lasting = [self._frame(letter, reader.room) for letter in letters]
        data = b"".join([*lasting, *map(self._frame_fleeting, fleeting)])
        after = Cursor(letters[-1].useq, letters[-1].tag) if letters else reader.cursor
        told = Told(mailbox, mailbox.count, reader.heard, reader.packed_cursor, pack(after), data)
        # With one waiter nobody comes after it, and what is remembered would only be kept.
        self._told = told if mailbox.has_others() else NOTHING
        return told

    def page(self, found: Backlog, unheard: list[Letter], *, room: str) -> bytes:
        """Return a page of the log, and what no log keeps behind it.

        Only the page's last event gets a cursor: who stops before it reads it again.
        """
        last = 0 if room else len(found.events)
        page = [
            self._framing.event(event, found.cursor if number == last else None)
            for number, event in enumerate(found.events, start=1)
        ]
        return b"".join([*page, *map(self._frame_fleeting, unheard)])

    def _frame(self, letter: Letter, room: str) -> bytes:
        # What stands outside of an event is the place in the person's own log, which no room moves.
        says_cursor = self._framing.says_cursor and not room
        cursor = Cursor(letter.useq, letter.tag) if says_cursor else None
        return self._framing.event(letter.event, cursor)

    def _frame_fleeting(self, letter: Letter) -> bytes:
        return self._framing.event(letter.event, None)
