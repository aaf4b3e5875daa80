"""Who types where: told to the others of a conversation at once, and kept nowhere.

# design: Who is to hear of it the database says each time, for all those of a few milliseconds together:
# a block, a switch, an invisible person count at once. What is said of a conversation that is being looked up
# waits behind the look, so that "stopped" never overtakes "started". Nothing here blocks.
"""

import logging
from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

import gevent
import msgspec
from gevent.event import AsyncResult

from imserver.errors import InternalError, NotFound, ServiceError, Unavailable
from imserver.services.delivery import Delivery
from imserver.store import Store
from imserver.store.hearers import Hearers
from imserver.store.values import ROOM_PREFIX

GATHER_SECONDS = 0.002
# A look of this many takes the loop for a millisecond or two.
KEYS_PER_LOOK = 100
# What waits for a look that does not come is not worth remembering.
WAITING_LIMIT = 10_000
# Beyond this many nobody reads who types.
OTHERS_TOLD = 100

Key = tuple[str, str]
OnAnswer = Callable[[ServiceError | None], None]
log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode


class _Said(NamedTuple):
    user_id: str
    typing: bool
    on_answer: OnAnswer


class Typing:
    """What everybody on this worker says of their typing."""

    def __init__(self, store: Store, delivery: Delivery) -> None:
        self._store = store
        self._delivery = delivery
        self._waiting: dict[Key, list[_Said]] = {}

    def submit(
        self, site_id: str, user_id: str, conversation_id: str, *, typing: bool, on_answer: OnAnswer
    ) -> None:
        """Tell the others after a look. Never blocks; ``on_answer`` gets None, or what is wrong."""
        if conversation_id.startswith(ROOM_PREFIX):
            # Thousands may have it open: nobody is told who types in a room.
            on_answer(None)
            return
        if len(self._waiting) >= WAITING_LIMIT:
            on_answer(Unavailable())
            return
        if not self._waiting:
            gevent.spawn_later(GATHER_SECONDS, self._look)
        said = _Said(user_id, typing, on_answer)
        self._waiting.setdefault((site_id, conversation_id), []).append(said)

    def tell(self, site_id: str, user_id: str, conversation_id: str, *, typing: bool) -> None:
        """Tell the others. Blocks for a look. Raises NotFound for somebody who does not take part."""
        answer: AsyncResult[ServiceError | None] = AsyncResult()
        self.submit(site_id, user_id, conversation_id, typing=typing, on_answer=answer.set)
        error = answer.get()
        if error is not None:
            raise error

    def _look(self) -> None:
        while self._waiting:
            keys = list(islice(self._waiting, KEYS_PER_LOOK))
            who = {(key[0], said.user_id) for key in keys for said in self._waiting[key]}
            found = self._load(keys, who)
            for key in keys:
                self._answer(key, self._waiting.pop(key), found, looked=who)

    def _answer(
        self, key: Key, waiting: list[_Said], found: Hearers | ServiceError, *, looked: set[Key]
    ) -> None:
        for place, said in enumerate(waiting):
            if (key[0], said.user_id) not in looked:
                # This one spoke up during the look: it waits for the next, and what follows behind it.
                self._waiting[key] = waiting[place:]
                return
            said.on_answer(self._tell(key, said, found))

    def _load(self, keys: list[Key], who: set[Key]) -> Hearers | ServiceError:
        try:
            return self._store.hearers.load(keys, who)
        except ServiceError as error:
            return error
        except Exception:
            log.exception("a look at who takes part failed")
            return InternalError()

    def _tell(self, key: Key, said: _Said, found: Hearers | ServiceError) -> ServiceError | None:
        if isinstance(found, ServiceError):
            return found
        others = found.of(key, said.user_id)
        if others is None:
            return NotFound()
        if len(found.parts[key]) <= OTHERS_TOLD:
            event = typing_event(key[1], said.user_id, typing=said.typing)
            for other in others:
                self._delivery.tell_fleeting(key[0], other, event)
        return None


def typing_event(conversation_id: str, user_id: str, *, typing: bool) -> bytes:
    """Return the event, which has no cursor."""
    kind = b"typing.started" if typing else b"typing.stopped"
    return b'{"type":"%b","conversation_id":%b,"user_id":%b}' % (
        kind,
        _encode(conversation_id),
        _encode(user_id),
    )
