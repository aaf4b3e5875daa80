"""What people keep from each other: blocks, switches, requests, mutes; and what they report."""

from imserver.presence import Change
from imserver.protocol.types import BlockPage, NewReport, ReportAnswer, SetSettings, UserSettings
from imserver.services.conversations import within
from imserver.services.delivery import Delivery
from imserver.services.people import as_change
from imserver.store import Store
from imserver.store.values import Session, Sight, UserKey

BLOCKS_LIMIT = (50, 200)


class Privacy:
    """Every call is made for the person behind ``session``; nobody else can tell that it was made."""

    def __init__(self, store: Store, delivery: Delivery) -> None:
        self._store = store
        self._delivery = delivery

    def block(self, session: Session, user_id: str) -> None:
        """Let the two see and hear nothing of each other any more, as if each were away for good.

        Raises NotFound, InvalidRequest.
        """
        self._tell(self._store.blocks.block(session.site_id, session.user_id, user_id))

    def unblock(self, session: Session, user_id: str) -> None:
        """Take the own block back; it is no news that there was none."""
        self._tell(self._store.blocks.unblock(session.site_id, session.user_id, user_id))

    def page_blocks(self, session: Session, *, cursor: str | None, limit: int | None) -> BlockPage:
        """Return whom the person has blocked, the latest first."""
        return self._store.blocks.page(
            session.site_id, session.user_id, cursor=cursor, limit=within(BLOCKS_LIMIT, limit)
        )

    def settings(self, session: Session) -> UserSettings:
        """Return the person's switches and settings."""
        return self._store.preferences.load(session.site_id, session.user_id)

    def change_settings(self, session: Session, wanted: SetSettings) -> UserSettings:
        """Store what is wanted; tell the own devices, and those who watch what they see of it."""
        settings, seen = self._store.preferences.change(session.site_id, session.user_id, wanted)
        if seen is not None:
            self._delivery.tell_presence([as_change(seen)])
        return settings

    def accept(self, session: Session, conversation_id: str, *, accepted: bool) -> None:
        """Take a stranger's conversation among the others, or put it away. Raises NotFound."""
        self._store.requests.answer(session.site_id, session.user_id, conversation_id, accepted=accepted)

    def mute(self, session: Session, conversation_id: str, *, until_ms: int) -> None:
        """Let a conversation make no noise until then. Raises NotFound."""
        self._store.requests.mute(session.site_id, session.user_id, conversation_id, until_ms=until_ms)

    def report(self, session: Session, report: NewReport) -> ReportAnswer:
        """Keep a report, with the message as it is now. Raises NotFound, InvalidRequest."""
        return ReportAnswer(id=self._store.reports.insert(session.site_id, session.user_id, report))

    def see_warning(self, session: Session, warning_id: str) -> None:
        """Show a warning no more, on none of the person's devices; it is no news that there was none."""
        self._store.warnings.mark_seen(UserKey(session.site_id, session.user_id), warning_id)

    def _tell(self, sights: list[Sight]) -> None:
        changes = [_change(sight) for sight in sights]
        if changes:
            self._delivery.tell_presence(changes)


def _change(sight: Sight) -> Change:
    seen = sight.viewer.site_id, sight.user_id
    return Change(seen, sight.presence, sight.status_text, sight.viewer.user_id)
