"""Who types where: told to the others of a conversation at once, and kept nowhere.

# design: Who is to hear of it the database says, for all those of a few milliseconds together, and is known
# for some seconds: people say it every few. Whatever changes who may know of whom, on any worker, makes the
# site forget, so that a block, a switch, an invisible person count at once. What is said of a conversation
# that is being looked up waits behind the look, so that "stopped" never overtakes "started".
# Nothing here blocks.
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
# A change of which no worker heard counts when the bus has noticed, and at the latest after twice as long.
KNOWN_SECONDS = 10.0
KNOWN_LIMIT = 50_000
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


# Who hears of it when the second one types in the first one, a conversation; by site.
_Known = dict[str, dict[tuple[str, str], list[str]]]


class Typing:
    """What everybody on this worker says of their typing. ``clock`` is monotonic."""

    def __init__(self, store: Store, delivery: Delivery, *, clock: Callable[[], float]) -> None:
        self._store = store
        self._delivery = delivery
        self._clock = clock
        self._waiting: dict[Key, list[_Said]] = {}
        # Two generations stand for the time: forgetting all that is old is dropping a dict.
        self._young: _Known = {}
        self._old: _Known = {}
        self._known_count = 0
        self._turn_at = clock() + KNOWN_SECONDS
        # What was read before a change was heard of must not be kept after it.
        self._changes = 0

    def submit(
        self, site_id: str, user_id: str, conversation_id: str, *, typing: bool, on_answer: OnAnswer
    ) -> None:
        """Tell the others, now or after a look. Never blocks; ``on_answer`` gets None, or what is wrong."""
        key = site_id, conversation_id
        others = None if key in self._waiting else self._find(key, user_id)
        if conversation_id.startswith(ROOM_PREFIX):
            # Thousands may have it open: nobody is told who types in a room.
            on_answer(None)
        elif others is not None:
            self._tell_all(key, user_id, others, typing=typing)
            on_answer(None)
        elif len(self._waiting) >= WAITING_LIMIT:
            on_answer(Unavailable())
        else:
            if not self._waiting:
                gevent.spawn_later(GATHER_SECONDS, self._look)
            self._waiting.setdefault(key, []).append(_Said(user_id, typing, on_answer))

    def forget(self, site_id: str | None = None) -> None:
        """Somebody of the site, or of any site, may hear of others than before."""
        self._changes += 1
        for known in (self._young, self._old):
            if site_id is None:
                known.clear()
            else:
                known.pop(site_id, None)

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
            changes = self._changes
            found = self._load(keys, who)
            for key in keys:
                self._answer(key, self._waiting.pop(key), found, looked=who, keep=self._changes == changes)

    def _answer(
        self, key: Key, waiting: list[_Said], found: Hearers | ServiceError, *, looked: set[Key], keep: bool
    ) -> None:
        for place, said in enumerate(waiting):
            if (key[0], said.user_id) not in looked:
                # This one spoke up during the look: it waits for the next, and what follows behind it.
                self._waiting[key] = waiting[place:]
                return
            said.on_answer(self._tell(key, said, found, keep=keep))

    def _load(self, keys: list[Key], who: set[Key]) -> Hearers | ServiceError:
        try:
            return self._store.hearers.load(keys, who)
        except ServiceError as error:
            return error
        except Exception:
            log.exception("a look at who takes part failed")
            return InternalError()

    def _tell(
        self, key: Key, said: _Said, found: Hearers | ServiceError, *, keep: bool
    ) -> ServiceError | None:
        if isinstance(found, ServiceError):
            return found
        others = found.of(key, said.user_id)
        if others is None:
            return NotFound()
        if len(found.parts[key]) > OTHERS_TOLD:
            others = []
        if keep and self._known_count < KNOWN_LIMIT:
            self._known_count += 1
            self._young.setdefault(key[0], {})[key[1], said.user_id] = others
        self._tell_all(key, said.user_id, others, typing=said.typing)
        return None

    def _tell_all(self, key: Key, user_id: str, others: list[str], *, typing: bool) -> None:
        if others:
            event = typing_event(key[1], user_id, typing=typing)
            for other in others:
                self._delivery.tell_fleeting(key[0], other, event)

    def _find(self, key: Key, user_id: str) -> list[str] | None:
        now = self._clock()
        if now >= self._turn_at:
            # After a silence both generations are too old.
            self._old = self._young if now < self._turn_at + KNOWN_SECONDS else {}
            self._young, self._known_count = {}, 0
            self._turn_at = now + KNOWN_SECONDS
        site_id, conversation_id = key
        for known in (self._young, self._old):
            found = known.get(site_id)
            if found is not None and (conversation_id, user_id) in found:
                return found[conversation_id, user_id]
        return None


def typing_event(conversation_id: str, user_id: str, *, typing: bool) -> bytes:
    """Return the event, which has no cursor."""
    kind = b"typing.started" if typing else b"typing.stopped"
    return b'{"type":"%b","conversation_id":%b,"user_id":%b}' % (
        kind,
        _encode(conversation_id),
        _encode(user_id),
    )
