"""Who types where: told to the others of a conversation at once, and kept nowhere.

# design: Who takes part in a conversation is read once in a while, for all those of a few milliseconds
# together. What is said of a conversation that is being looked up waits behind the look, so that "stopped"
# never overtakes "started". Nothing here blocks.
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

# Who takes part is asked anew after this, while what was known serves on for as long again. What is told
# wrongly meanwhile is only that somebody types; whoever must not hear messages does not, because a send
# looks in its own transaction.
KNOWN_SECONDS = 10.0
# An entry costs 250 bytes. More conversations than this in which somebody types at the same time are only
# looked up more often.
CONVERSATIONS_KEPT = 50_000
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
    """``clock`` is monotonic."""

    def __init__(self, store: Store, delivery: Delivery, *, clock: Callable[[], float]) -> None:
        self._store = store
        self._delivery = delivery
        self._clock = clock
        # Two generations stand for the time: forgetting all that is old is dropping a dict.
        self._young: dict[Key, tuple[str, ...]] = {}
        self._old: dict[Key, tuple[str, ...]] = {}
        self._turn_at = clock() + KNOWN_SECONDS
        self._waiting: dict[Key, list[_Said]] = {}

    def submit(
        self, site_id: str, user_id: str, conversation_id: str, *, typing: bool, on_answer: OnAnswer
    ) -> None:
        """Tell the others, now or after a look. Never blocks; ``on_answer`` gets None, or what is wrong."""
        key = site_id, conversation_id
        participants = None if self._waiting.get(key) else self._find(key)
        if participants is not None:
            on_answer(self._tell(key, participants, user_id, typing=typing))
        elif len(self._waiting) >= WAITING_LIMIT:
            on_answer(Unavailable())
        else:
            self._wait(key, _Said(user_id, typing, on_answer))

    def tell(self, site_id: str, user_id: str, conversation_id: str, *, typing: bool) -> None:
        """Tell the others. Blocks for a look. Raises NotFound for somebody who does not take part."""
        answer: AsyncResult[ServiceError | None] = AsyncResult()
        self.submit(site_id, user_id, conversation_id, typing=typing, on_answer=answer.set)
        error = answer.get()
        if error is not None:
            raise error

    def _tell(
        self, key: Key, participants: tuple[str, ...], user_id: str, *, typing: bool
    ) -> ServiceError | None:
        if user_id not in participants:
            return NotFound()
        if len(participants) <= OTHERS_TOLD:
            event = typing_event(key[1], user_id, typing=typing)
            for other in participants:
                if other != user_id:
                    self._delivery.tell_fleeting(key[0], other, event)
        return None

    # -- looking

    def _wait(self, key: Key, *said: _Said) -> None:
        if not self._waiting:
            gevent.spawn_later(GATHER_SECONDS, self._look)
        self._waiting.setdefault(key, []).extend(said)

    def _look(self) -> None:
        while self._waiting:
            keys = list(islice(self._waiting, KEYS_PER_LOOK))
            found = self._load(keys)
            for key in keys:
                for said in self._waiting.pop(key):
                    self._answer(key, said, found)
            self._keep(found if isinstance(found, dict) else {})

    def _load(self, keys: list[Key]) -> dict[Key, tuple[str, ...]] | ServiceError:
        try:
            return self._store.conversations.load_parts(keys)
        except ServiceError as error:
            return error
        except Exception:
            log.exception("a look at who takes part failed")
            return InternalError()

    def _answer(self, key: Key, said: _Said, found: dict[Key, tuple[str, ...]] | ServiceError) -> None:
        if isinstance(found, ServiceError):
            said.on_answer(found)
        else:
            said.on_answer(self._tell(key, found.get(key, ()), said.user_id, typing=said.typing))

    # -- remembering

    def _find(self, key: Key) -> tuple[str, ...] | None:
        now = self._clock()
        if now >= self._turn_at:
            # After a silence both generations are too old.
            self._old = self._young if now < self._turn_at + KNOWN_SECONDS else {}
            self._young = {}
            self._turn_at = now + KNOWN_SECONDS
        participants = self._young.get(key)
        if participants is None and key in self._old:
            participants = self._old[key]
            # A thousand conversations grow old at once: nobody waits for their looks.
            self._wait(key)
        return participants

    def _keep(self, found: dict[Key, tuple[str, ...]]) -> None:
        if len(self._young) < CONVERSATIONS_KEPT:
            self._young.update(found)


def typing_event(conversation_id: str, user_id: str, *, typing: bool) -> bytes:
    """Return the event, which has no cursor."""
    kind = b"typing.started" if typing else b"typing.stopped"
    return b'{"type":"%b","conversation_id":%b,"user_id":%b}' % (
        kind,
        _encode(conversation_id),
        _encode(user_id),
    )
