"""What travels: hints folded into batches that are numbered per sender. Pure, but for the log."""

import logging
from collections.abc import Callable, Iterator

import msgspec

log = logging.getLogger(__name__)

# The default net.core.wmem_max admits 212,992 bytes; a datagram well below it is never refused for size.
BATCH_BYTES = 60_000
# How long hints are gathered: far below what a person notices, long enough to fold a commit's worth.
GATHER_SECONDS = 0.002
# Workers come and go with every reload; the oldest are forgotten, and one that is met again is new.
SENDERS_KEPT = 1_024

Batch = tuple[str, int, list[bytes]]

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Batch] = msgspec.msgpack.Decoder(Batch)

encode: Callable[[tuple[str, int, list[bytes]]], bytes] = _encoder.encode


def decode(data: bytes | memoryview) -> Batch | None:
    """Return (sender, number, hints); None, and a line in the log, for what is no batch."""
    try:
        return _decoder.decode(data)
    except msgspec.DecodeError:
        log.warning("a batch on the bus could not be read (%d bytes)", len(data))
        return None


def split(hints: list[bytes], *, most_bytes: int = BATCH_BYTES) -> Iterator[list[bytes]]:
    """Yield ``hints`` in batches of at most so many bytes; one that is larger stands alone."""
    size_bytes = sum(map(len, hints))
    if size_bytes <= most_bytes:
        if hints:
            yield hints
        return
    batch: list[bytes] = []
    size_bytes = 0
    for hint in hints:
        if batch and size_bytes + len(hint) > most_bytes:
            yield batch
            batch, size_bytes = [], 0
        batch.append(hint)
        size_bytes += len(hint)
    yield batch


class Numbers:
    """The last number of each sender.

    A batch has the number after the last one; a beat, which has no hints, repeats it. Whoever is met for the
    first time may have spoken before we listened, so that is a gap, too.
    """

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def follows(self, sender: str, number: int, *, is_beat: bool) -> bool:
        """Note ``number``; tell whether nothing is missing before it."""
        last = self._last.get(sender)
        if last is None and len(self._last) >= SENDERS_KEPT:
            del self._last[next(iter(self._last))]
        self._last[sender] = number
        return last is not None and number == (last if is_beat else last + 1)


def apply_each(hints: list[bytes], on_hint: Callable[[bytes], None]) -> None:
    """Hand over every hint; one that cannot be applied harms no other."""
    for hint in hints:
        try:
            on_hint(hint)
        except Exception:
            log.exception("a hint could not be applied")
