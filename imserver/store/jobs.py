"""What the writer is asked to do, and what it answers."""

import msgspec

from imserver.errors import ServiceError
from imserver.protocol.types import ReadAnswer, SentMessages

# (site_id, conversation_id) or (site_id, user_id): equal to the keys in ``values``, and made in a third of
# the time; a batch makes thousands.
Pair = tuple[str, str]
# (site_id, sender_id, client_id): the key that makes a repeated send the same send.
SentKey = tuple[str, str, bytes]


class Dressing(msgspec.Struct, frozen=True, gc=False):
    """What a message is to have beside its text; a ``reply_to`` of 0 is none."""

    reply_to: int
    mentions: tuple[str, ...]
    files: tuple[str, ...]


class NewText(msgspec.Struct, frozen=True, gc=False):
    """A message to be stored; ``client_id`` is 16 bytes. Most have no dressing."""

    client_id: bytes
    text: str
    dressing: Dressing | None = None


class Send(msgspec.Struct, frozen=True, gc=False):
    """A request to store messages, all of them or none. ``is_dressed``: one of them has a dressing.

    ``is_approved``: a moderator has let them pass, whatever the site's rules say of words and newcomers.
    """

    conversation: Pair
    user_id: str
    messages: tuple[NewText, ...]
    is_dressed: bool = False
    is_approved: bool = False


class Read(msgspec.Struct, frozen=True, gc=False):
    """A request to raise a read mark."""

    conversation: Pair
    user_id: str
    seq: int


class Delivered(msgspec.Struct, frozen=True, gc=False):
    """A request to raise the mark of what a person's devices have; its answer holds the read mark."""

    conversation: Pair
    user_id: str
    seq: int


Job = Send | Read | Delivered
Answer = SentMessages | ReadAnswer | ServiceError
