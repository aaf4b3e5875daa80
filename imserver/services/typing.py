"""Who types where: told to the others of a conversation at once, and kept nowhere."""

from collections import OrderedDict
from collections.abc import Callable

import msgspec

from imserver.errors import NotFound
from imserver.services.delivery import Delivery
from imserver.store import Store

# Who takes part in a conversation is asked anew after this. What is told wrongly meanwhile is only that
# somebody types; whoever must not hear messages does not, because a send looks in its own transaction.
KNOWN_SECONDS = 10.0
CONVERSATIONS_KEPT = 20_000
# Beyond this a conversation is a room, where nobody reads who types.
OTHERS_TOLD = 100

_encode = msgspec.json.Encoder().encode


class Typing:
    """``clock`` is monotonic."""

    def __init__(self, store: Store, delivery: Delivery, *, clock: Callable[[], float]) -> None:
        self._store = store
        self._delivery = delivery
        self._clock = clock
        self._known: OrderedDict[tuple[str, str], tuple[float, tuple[str, ...]]] = OrderedDict()

    def tell(self, site_id: str, user_id: str, conversation_id: str, *, typing: bool) -> None:
        """Tell the others. Blocks unless ``tell_at_once`` could do it. Raises NotFound."""
        key = site_id, conversation_id
        if self._find(key) is None:
            self._keep(key, self._store.conversations.load_participants(site_id, conversation_id))
        self.tell_at_once(site_id, user_id, conversation_id, typing=typing)

    def tell_at_once(self, site_id: str, user_id: str, conversation_id: str, *, typing: bool) -> bool:
        """Tell the others if they are known; never blocks. Raises NotFound for somebody who is not one."""
        participants = self._find((site_id, conversation_id))
        if participants is None:
            return False
        if user_id not in participants:
            raise NotFound
        if len(participants) <= OTHERS_TOLD:
            event = typing_event(conversation_id, user_id, typing=typing)
            for other in participants:
                if other != user_id:
                    self._delivery.tell_fleeting(site_id, other, event)
        return True

    def _find(self, key: tuple[str, str]) -> tuple[str, ...] | None:
        known = self._known.get(key)
        if known is None or known[0] < self._clock():
            return None
        return known[1]

    def _keep(self, key: tuple[str, str], participants: tuple[str, ...]) -> None:
        # Insertion order is the order of expiry, so what is dropped is what is worth least.
        self._known.pop(key, None)
        self._known[key] = self._clock() + KNOWN_SECONDS, participants[: OTHERS_TOLD + 1]
        while len(self._known) > CONVERSATIONS_KEPT or self._is_first_old():
            self._known.popitem(last=False)

    def _is_first_old(self) -> bool:
        until, _ = next(iter(self._known.values()))
        return until < self._clock()


def typing_event(conversation_id: str, user_id: str, *, typing: bool) -> bytes:
    """Return the event, which has no cursor."""
    kind = b"typing.started" if typing else b"typing.stopped"
    return b'{"type":"%b","conversation_id":%b,"user_id":%b}' % (
        kind,
        _encode(conversation_id),
        _encode(user_id),
    )
