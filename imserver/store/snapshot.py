"""Everything that a client shows when it starts, as of one moment."""

from collections.abc import Callable

from imserver.errors import NotFound
from imserver.protocol.types import State
from imserver.store.conversation_rows import page_conversations
from imserver.store.database import Database, Transaction, first_row
from imserver.store.log import load_head
from imserver.store.people import load_people, profile_of
from imserver.store.presence import load_own
from imserver.store.rooms import load_invitations
from imserver.store.roster import count_friends
from imserver.store.sites import site_answer, site_of
from imserver.store.warnings import load_warnings


class Snapshots:
    """One read transaction per state, so that the snapshot and its cursor agree."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def load_state(self, site_id: str, user_id: str, conversations_limit: int) -> State:
        """Raise NotFound if the site or the person does not exist."""
        now = self._now_ms()

        def load(tx: Transaction) -> State:
            return _state(tx, site_id, user_id, limit=conversations_limit, now=now)

        return self._database.snapshot(load)


def _state(tx: Transaction, site_id: str, user_id: str, *, limit: int, now: int) -> State:
    site = first_row(tx.rows("load_site", site_id=site_id))
    people = load_people(tx, site_id, [user_id])
    if site is None or not people:
        raise NotFound
    return State(
        cursor=str(load_head(tx, site_id, user_id).cursor),
        server_time=now,
        user=profile_of(people[0]),
        own=load_own(tx, site_id, user_id),
        conversations=page_conversations(tx, site_id, user_id, limit=limit),
        unread_total=int(tx.rows("count_unread", site_id=site_id, user_id=user_id, now=now)[0][0]),
        friends_total=count_friends(tx, site_id, user_id),
        site=site_answer(site_of(site, {})),
        invitations=load_invitations(tx, site_id, user_id),
        warnings=load_warnings(tx, site_id, user_id),
    )
