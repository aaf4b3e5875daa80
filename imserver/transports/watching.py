"""What somebody who watches people has missed of their presence."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from imserver.presence import Change, ChangeLog, UserKey
from imserver.protocol.answers import presence_changed
from imserver.store.values import PresenceState

LoadStates = Callable[[str, list[str]], dict[str, PresenceState]]


class Seen(NamedTuple):
    """The events that tell what was missed, and the mark of one who has seen them."""

    events: list[bytes]
    mark: str


class Watching:
    """Shared by the transports of a worker; ``load_states`` reads the database."""

    def __init__(self, changes: ChangeLog, load_states: LoadStates) -> None:
        self._changes = changes
        self._load_states = load_states

    @property
    def mark(self) -> str:
        """The mark of one who was told every change up to now."""
        return self._changes.mark

    def look(self, watch: Sequence[UserKey], mark: str) -> Seen:
        """Tell what of ``watch`` changed after ``mark``; what all of them are now for an unknown mark.

        May read the database. The mark is taken before that: a change that lands meanwhile is told
        twice, not missed.
        """
        told = self.recall(watch, mark)
        if told is not None:
            return told
        newest = self._changes.mark
        return Seen(_events(self._load(watch)), newest)

    def recall(self, watch: Sequence[UserKey], mark: str) -> Seen | None:
        """Tell what of ``watch`` changed after ``mark``; None for an unknown mark. Never blocks."""
        if not watch:
            return Seen([], mark)
        missed = self._changes.since(mark, frozenset(watch))
        return None if missed is None else Seen(_events(missed), self._changes.mark)

    def _load(self, watch: Sequence[UserKey]) -> list[Change]:
        site_id = watch[0][0]
        states = self._load_states(site_id, [user_id for _, user_id in watch])
        return [Change((site_id, s.user_id), s.presence, s.status_text) for s in states.values()]


def _events(changes: list[Change]) -> list[bytes]:
    return [presence_changed([change.told() for change in changes])] if changes else []
