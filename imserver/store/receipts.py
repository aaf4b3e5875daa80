"""How far others may know that somebody has received and read: two marks of their own, beside read_seq.

design: ``read_seq`` is the person's own and always moves. ``told_seq`` and ``delivered_seq`` are what others
are told of, and stand still for as long as they are not to know: then nothing tells an invisible or blocking
reader from an absent one, neither at the time nor later. Who may see whose is in ``Receipts._listeners``.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from imserver.protocol.events import RECEIPT_PEER, fleeting_bytes, peer_receipt_body
from imserver.store.appending import StreamEvent
from imserver.store.blocks import load_walls
from imserver.store.database import Call, Transaction
from imserver.store.jobs import Delivered, Pair, Read
from imserver.store.preferences import find_silent, load_switches
from imserver.store.values import Delivery, UserKey

# The useq of an event that no log keeps.
FLEETING = 0


class _Marks(msgspec.Struct, frozen=True):
    told_seq: int
    delivered_seq: int


class Receipts:
    """The receipts of a batch's read and delivered marks; rooms have none.

    ``parts``: everybody's streams, ``apart``: conversations in which somebody blocks or has not accepted,
    ``groups``: those where receipts are best effort and are not stored.
    """

    def __init__(
        self,
        tx: Transaction,
        jobs: Sequence[Read | Delivered],
        *,
        parts: Mapping[Pair, list[Pair]],
        apart: Mapping[Pair, object],
        groups: set[Pair],
    ) -> None:
        self._parts, self._apart, self._groups = parts, apart, groups
        triples = sorted({(*job.conversation, job.user_id) for job in jobs})
        self._stored = {row[:3]: _Marks(*row[3:]) for row in tx.rows("load_told", triples=triples)}
        self._fleeting: list[Delivery] = []
        readers = sorted({UserKey(job.conversation[0], job.user_id) for job in jobs})
        everybody = sorted({UserKey(*user) for job in jobs for user in parts[job.conversation]})
        # One's own invisibility counts, not the other's; a switch counts from either side.
        self._silent: set[Pair] = {*find_silent(tx, readers)}
        self._deaf: set[Pair] = {u for u, on in load_switches(tx, everybody).items() if not on.receipts}
        # Asked whether or not there are any, so that a block costs no query.
        self._walls = load_walls(tx, readers)
        self.forget()

    def forget(self) -> None:
        """Plan nothing."""
        self._marks = dict(self._stored)
        self._moved: set[tuple[str, str, str]] = set()
        self._fleeting.clear()

    def calls(self) -> Iterator[Call]:
        """Yield what has to be written."""
        rows = [
            (*key, self._marks[key].told_seq, self._marks[key].delivered_seq) for key in sorted(self._moved)
        ]
        if rows:
            yield "save_told", {"rows": rows}

    def tell(self, job: Read | Delivered) -> list[StreamEvent]:
        """Plan what the others may know by this mark; return the events that the log is to keep of it."""
        listeners = self._listeners(job)
        before = self._marks.get((*job.conversation, job.user_id))
        if not listeners or before is None:
            return []
        marks = _raised(before, job)
        if marks == before:
            return []
        self._marks[*job.conversation, job.user_id] = marks
        self._moved.add((*job.conversation, job.user_id))
        conversation_id = job.conversation[1]
        body = peer_receipt_body(
            conversation_id=conversation_id,
            user_id=job.user_id,
            read_seq=marks.told_seq,
            delivered_seq=marks.delivered_seq,
        )
        if job.conversation not in self._groups:
            return [(user, RECEIPT_PEER, conversation_id, job.seq, body, body) for user in listeners]
        data = fleeting_bytes(RECEIPT_PEER, body)
        self._fleeting += [Delivery(*user, FLEETING, 0, data, 0) for user in listeners]
        return []

    def take_fleeting(self) -> list[Delivery]:
        """Return, once, what is to be told and not kept."""
        taken, self._fleeting = self._fleeting, []
        return taken

    def _listeners(self, job: Read | Delivered) -> list[Pair]:
        """Return who may see this person's receipts in this conversation; nobody: they are not raised.

        Nobody where one of two has blocked or not accepted the other, nobody sees those of a person who is
        invisible or has switched receipts off, and who has switched them off sees no other's.
        """
        site_id, reader = job.conversation[0], (job.conversation[0], job.user_id)
        if job.conversation in self._apart or reader in self._silent:
            return []
        others = [user for user in self._parts[job.conversation] if user != reader and user not in self._deaf]
        return [user for user in others if (site_id, job.user_id, user[1]) not in self._walls]


def _raised(marks: _Marks, job: Read | Delivered) -> _Marks:
    told_seq = max(marks.told_seq, job.seq) if isinstance(job, Read) else marks.told_seq
    return _Marks(told_seq, max(marks.delivered_seq, job.seq))
