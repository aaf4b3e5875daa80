"""What people see of each other: contacts, profiles, presence."""

from collections.abc import Callable, Sequence
from enum import StrEnum

from msgspec import UNSET

from imserver.errors import InvalidRequest, NotFound
from imserver.presence import Change
from imserver.protocol.answers import own_presence_changed
from imserver.protocol.types import Card, ContactPage, Contacts, OwnPresence, SetPresence
from imserver.services.conversations import check_beginning, check_text, within
from imserver.services.delivery import Delivery
from imserver.store import Store
from imserver.store.values import PresenceChangeRow, Session

CONTACTS_LIMIT = (50, 200)
SEARCH_CHARACTERS = 80


class ContactFilter(StrEnum):
    """Whom a list of contacts holds."""

    FRIENDS = "friends"
    ONLINE = "online"
    # Who is online and no friend; not to be searched.
    OTHERS = "others"
    EVERYONE = "everyone"


# Lists of more than friends: whether only those online are in it, and whether friends are left out.
LISTED = {
    ContactFilter.ONLINE: (True, False),
    ContactFilter.OTHERS: (True, True),
    ContactFilter.EVERYONE: (False, False),
}


class People:
    """Every call is made for the person behind ``session``."""

    def __init__(self, store: Store, delivery: Delivery) -> None:
        self._store = store
        self._delivery = delivery

    def page(
        self,
        session: Session,
        filter_name: str,
        *,
        q: str,
        cursor: str | None,
        offset: int,
        limit: int | None,
    ) -> ContactPage:
        """Return one of the lists, by name, narrowed to names that have ``q``.

        Raises InvalidRequest for an unknown list, and for a page that has two beginnings.
        """
        if len(q) > SEARCH_CHARACTERS:
            raise InvalidRequest(f"q has at most {SEARCH_CHARACTERS} characters.")
        check_beginning(q=q, cursor=cursor, offset=offset)
        if q and filter_name == ContactFilter.OTHERS:
            raise InvalidRequest("others cannot be searched.")
        who = session.site_id, session.user_id
        if filter_name in LISTED and not self._store.reach.is_open(session.site_id):
            online, others = LISTED[ContactFilter(filter_name)]
            size = within(CONTACTS_LIMIT, limit)
            return self._store.reach.page(
                *who, online=online, others=others, q=q, cursor=cursor, offset=offset, limit=size
            )
        page = self._pager(filter_name)
        return page(*who, q=q, cursor=cursor, offset=offset, limit=within(CONTACTS_LIMIT, limit))

    def require(self, session: Session, user_id: str) -> Card:
        """Raise NotFound for a person who is not on this site, or whom one does not meet there."""
        if user_id not in self._store.reach.find_met(session.site_id, session.user_id, [user_id]):
            raise NotFound
        return self._store.contacts.card(session.site_id, session.user_id, user_id)

    def look_up(self, session: Session, user_ids: Sequence[str]) -> Contacts:
        """Return those of the ids who are on this site, and whom one meets there."""
        met = self._store.reach.find_met(session.site_id, session.user_id, user_ids)
        asked = [user_id for user_id in user_ids if user_id in met]
        return Contacts(data=self._store.contacts.look_up(session.site_id, session.user_id, asked))

    def own_presence(self, session: Session) -> OwnPresence:
        """Return what the person chose, which nobody else is told when it is ``invisible``."""
        return self._store.presence.load_own(session.site_id, session.user_id)

    def choose_presence(self, session: Session, wanted: SetPresence) -> OwnPresence:
        """Store the choice, tell the person's other devices, and those who watch if they may know."""
        status_text = None if wanted.status_text is UNSET else wanted.status_text.strip()
        if status_text:
            check_text(status_text)
        presence = None if wanted.presence is UNSET else wanted.presence
        own, change = self._store.presence.choose(
            session.site_id, session.user_id, presence=presence, status_text=status_text
        )
        self._delivery.tell_relations(session.site_id)
        self._delivery.tell_fleeting(session.site_id, session.user_id, own_presence_changed(own))
        if change is not None:
            self._delivery.tell_presence([as_change(change)])
        return own

    def _pager(self, filter_name: str) -> Callable[..., ContactPage]:
        contacts = self._store.contacts
        match filter_name:
            case ContactFilter.FRIENDS:
                return contacts.page_friends
            case ContactFilter.ONLINE:
                return contacts.page_online
            case ContactFilter.OTHERS:
                return contacts.page_others
            case ContactFilter.EVERYONE:
                return contacts.page_everyone
        raise InvalidRequest("filter is friends, online, others or everyone.")


def as_change(row: PresenceChangeRow) -> Change:
    """Return the store's row as the announcer takes it."""
    return Change((row.site_id, row.user_id), row.presence, row.status_text)
