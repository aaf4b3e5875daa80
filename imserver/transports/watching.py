"""What somebody who watches people has missed of their presence."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from imserver.presence import Change, ChangeLog, MarkSeal, UserKey
from imserver.protocol.answers import presence_changed
from imserver.protocol.types import PresenceChange
from imserver.store.values import PresenceState

# Asks for a site, a viewer and people; see ``PresenceTable.load_states``.
LoadStates = Callable[[str, str, list[str]], dict[str, PresenceState]]


class Seen(NamedTuple):
    """The events that tell what was missed, and the mark of one who has seen them."""

    events: list[bytes]
    mark: str


class Watching:
    """Shared by the transports of a worker; ``load_states`` reads the database.

    What is told here is what the database says that the viewer may see; the log of changes only says about
    whom to ask.
    """

    def __init__(self, changes: ChangeLog, load_states: LoadStates) -> None:
        self._changes = changes
        self._load_states = load_states
        self._seal = MarkSeal()

    @property
    def mark(self) -> str:
        """The mark of one who was told every change up to now."""
        return self._seal.seal(self._changes.mark)

    def opened(self, mark: str) -> str:
        """Return what the log of changes calls this mark."""
        return self._seal.open(mark)

    def look(self, viewer: UserKey, watch: Sequence[UserKey], mark: str) -> Seen:
        """Tell what of ``watch`` changed after ``mark``; what all of them are now for an unknown mark.

        May read the database. The mark is taken before that: a change that lands meanwhile is told
        twice, not missed.
        """
        told = self.recall(viewer, watch, mark)
        if told is not None:
            return told
        missed = self._missed(viewer, watch, mark)
        newest = self.mark
        if missed is None:
            return Seen(_events(self._load(viewer, watch)), newest)
        # Whom the viewer is not to see has not changed, as far as the viewer can know; unless that itself
        # is the change.
        told_anyway = {change.user for change in missed if change.viewer}
        states = self._load(viewer, [change.user for change in missed])
        return Seen(
            _events([s for s in states if not s.hidden or (viewer[0], s.user_id) in told_anyway]), newest
        )

    def recall(self, viewer: UserKey, watch: Sequence[UserKey], mark: str) -> Seen | None:
        """Tell that nothing of ``watch`` changed after ``mark``; None if the database has to be asked.

        Never blocks.
        """
        if not watch:
            return Seen([], mark)
        missed = self._missed(viewer, watch, mark)
        return Seen([], self.mark) if missed == [] else None

    def _missed(self, viewer: UserKey, watch: Sequence[UserKey], mark: str) -> list[Change] | None:
        return self._changes.since(self.opened(mark), frozenset(watch), viewer)

    def _load(self, viewer: UserKey, watch: Sequence[UserKey]) -> list[PresenceState]:
        site_id, viewer_id = viewer
        return list(self._load_states(site_id, viewer_id, [user_id for _, user_id in watch]).values())


def _events(states: list[PresenceState]) -> list[bytes]:
    if not states:
        return []
    return [
        presence_changed(
            [
                PresenceChange(user_id=s.user_id, presence=s.presence, status_text=s.status_text)
                for s in states
            ]
        )
    ]
