"""What people do with groups and rooms: make, change, join, leave, invite, put out, see who is here."""

import unicodedata

from msgspec import UNSET, UnsetType

from imserver.errors import InvalidRequest, InvalidText, MessageRefused, NotFound, SwitchedOff
from imserver.protocol.types import (
    ChangeConversation,
    Conversation,
    ConversationKind,
    InvitationPage,
    MemberPage,
    OpenConversation,
    Presence,
    PublicRoomPage,
    Role,
    RoomReaders,
)
from imserver.readers import ReaderBook
from imserver.services.conversations import INVISIBLE, Conversations, check_beginning, within
from imserver.services.delivery import Delivery
from imserver.services.pages import normal_page, page_name
from imserver.services.tokens import BIDI_CONTROLS
from imserver.store import Store
from imserver.store.room_rows import RoomChange
from imserver.store.values import ROOM_PREFIX, PresenceState, Session

MEMBERS_LIMIT = (50, 200)
ROOMS_LIMIT = (30, 100)
SEARCH_CHARACTERS = 80
NO_ROOMS = "The owner of this site has switched rooms off."
# Of an OpenConversation, what each kind takes.
FIELDS = frozenset({"user_id", "user_ids", "name", "topic", "page"})


class Groups:
    """Every call is made for the person behind ``session`` and sees what that person may see."""

    def __init__(
        self, store: Store, delivery: Delivery, conversations: Conversations, readers: ReaderBook
    ) -> None:
        self._store = store
        self._delivery = delivery
        self._conversations = conversations
        self._readers = readers

    def open(self, session: Session, wanted: OpenConversation, *, own_origin: str) -> Conversation:
        """Open what ``wanted`` names, or make it. Raises InvalidRequest, InvalidText, NotFound."""
        if wanted.kind is ConversationKind.DIRECT:
            _only(wanted, "user_id")
            peer_id = _given(wanted.user_id, "user_id")
            self._require_met(session, [peer_id])
            return self._conversations.open_direct(session, peer_id)
        if wanted.kind is ConversationKind.GROUP:
            conversation_id = self._create_group(session, wanted)
        elif not self._has_rooms(session):
            raise SwitchedOff(NO_ROOMS)
        elif wanted.page is not UNSET:
            conversation_id = self._open_page(session, wanted, own_origin=own_origin)
        else:
            conversation_id = self._create_room(session, wanted)
        return self._conversations.require(session, conversation_id)

    def change(self, session: Session, conversation_id: str, wanted: ChangeConversation) -> Conversation:
        """Rename it, and so on, for its owners and moderators."""
        change = RoomChange(
            name=None if wanted.name is UNSET else self._passed(session, clean_name(wanted.name)),
            topic=None if wanted.topic is UNSET else self._passed(session, clean_topic(wanted.topic)),
            picture=None if wanted.picture is UNSET else wanted.picture,
            slow_seconds=None if wanted.slow_seconds is UNSET else wanted.slow_seconds,
        )
        self._store.groups.change(session.site_id, session.user_id, conversation_id, change)
        return self._conversations.require(session, conversation_id)

    def set_role(self, session: Session, conversation_id: str, other_id: str, role: Role) -> Conversation:
        """Let an owner make somebody owner, moderator or member."""
        self._store.groups.set_role(
            session.site_id, session.user_id, conversation_id, other_id=other_id, role=role
        )
        return self._conversations.require(session, conversation_id)

    def join(self, session: Session, conversation_id: str) -> Conversation:
        """Accept the invitation, or join a public room; doing so twice is harmless."""
        if conversation_id.startswith(ROOM_PREFIX) and not self._has_rooms(session):
            raise SwitchedOff(NO_ROOMS)
        self._store.groups.join(session.site_id, session.user_id, conversation_id)
        return self._conversations.require(session, conversation_id)

    def leave(self, session: Session, conversation_id: str) -> None:
        """Take part no longer, or decline the invitation; a room is heard no longer, on any device."""
        if self._store.groups.leave(session.site_id, session.user_id, conversation_id):
            self._delivery.tell_left(session.site_id, session.user_id, conversation_id)

    def remove(self, session: Session, conversation_id: str, other_id: str, *, ban: bool) -> None:
        """Put somebody out, at once and on every device; with ``ban`` for good."""
        self._store.groups.remove(
            session.site_id, session.user_id, conversation_id, other_id=other_id, ban=ban
        )
        self._delivery.tell_left(session.site_id, other_id, conversation_id)

    def invite(self, session: Session, conversation_id: str, user_ids: list[str]) -> None:
        """Ask people to take part; nothing tells whether they were in it, invited or banned already."""
        self._require_met(session, user_ids)
        self._store.groups.invite(session.site_id, session.user_id, conversation_id, user_ids)

    def members(
        self,
        session: Session,
        conversation_id: str,
        filter_name: str,
        *,
        q: str,
        cursor: str | None,
        offset: int,
        limit: int | None,
    ) -> MemberPage:
        """Return who takes part, those online first."""
        check_beginning(q=q, cursor=cursor, offset=offset)
        if filter_name not in ("everyone", "online"):
            raise InvalidRequest("filter is everyone or online.")
        return self._store.members.page(
            session.site_id,
            session.user_id,
            conversation_id,
            online_only=filter_name == "online",
            q=_checked(q),
            cursor=cursor,
            offset=offset,
            limit=within(MEMBERS_LIMIT, limit),
        )

    def readers(self, session: Session, conversation_id: str) -> RoomReaders:
        """Return how many people follow the room now, of those whom the viewer may see here.

        Raises NotFound for what is no room, or none that the person may read.
        """
        site_id, viewer_id = session.site_id, session.user_id
        may_read = self._store.members.find_readable(site_id, viewer_id, [conversation_id])
        if not may_read or not conversation_id.startswith(ROOM_PREFIX):
            raise NotFound
        level, user_ids = self._readers.readers_of((site_id, conversation_id))
        # The viewer is asked for always: nobody, and somebody who may not be seen, cost the same query.
        states = self._store.presence.load_states(site_id, viewer_id, {*user_ids, viewer_id})
        seen = [user_id for user_id in user_ids if user_id in states and _is_here(states[user_id])]
        return RoomReaders(readers=rounded(len(seen) << level) if level else len(seen))

    def rooms(self, session: Session, *, q: str, cursor: str | None, limit: int | None) -> PublicRoomPage:
        """Return public rooms by name, narrowed to names with a word that begins with ``q``.

        Where the site has no rooms there are none to join; who is in one can still read it.
        """
        if not self._has_rooms(session):
            return PublicRoomPage(data=[])
        return self._store.rooms.page_public(
            session.site_id,
            session.user_id,
            q=_checked(q),
            cursor=cursor,
            limit=within(ROOMS_LIMIT, limit),
        )

    def invitations(self, session: Session) -> InvitationPage:
        """Return what the person is invited to."""
        return InvitationPage(data=self._store.rooms.load_invitations(session.site_id, session.user_id))

    def _require_met(self, session: Session, user_ids: list[str]) -> None:
        """Raise NotFound if the person has nothing to do with one of them, as if they were not here."""
        if set(user_ids) - self._store.reach.find_met(session.site_id, session.user_id, user_ids):
            raise NotFound

    def _has_rooms(self, session: Session) -> bool:
        return self._store.sites.require_site(session.site_id).rules.rooms

    def _create_group(self, session: Session, wanted: OpenConversation) -> str:
        _only(wanted, "name", "user_ids")
        invited = [] if wanted.user_ids is UNSET else wanted.user_ids
        self._require_met(session, invited)
        name = self._passed(session, clean_name(_given(wanted.name, "name")))
        return self._store.groups.create_group(session.site_id, session.user_id, name=name, invited=invited)

    def _create_room(self, session: Session, wanted: OpenConversation) -> str:
        _only(wanted, "name", "topic")
        name = self._passed(session, clean_name(_given(wanted.name, "name")))
        topic = "" if wanted.topic is UNSET else self._passed(session, clean_topic(wanted.topic))
        return self._store.groups.create_room(session.site_id, session.user_id, name=name, topic=topic)

    def _passed(self, session: Session, text: str) -> str:
        """Return a name or topic as the site's word filter leaves it; raise MessageRefused."""
        passes, written = self._store.houses.name_passes(session.site_id, text)
        if not passes:
            raise MessageRefused("This site does not let this name pass.")
        return written

    def _open_page(self, session: Session, wanted: OpenConversation, *, own_origin: str) -> str:
        _only(wanted, "page")
        site = self._store.sites.require_site(session.site_id)
        page = normal_page(_given(wanted.page, "page"), origins=(*site.origins, own_origin))
        return self._store.groups.open_page_room(
            session.site_id, session.user_id, page=page, name=page_name(page)
        )


def clean_name(text: str) -> str:
    """Return a name without blanks around it; raise InvalidText for one that hides or turns anything."""
    name = clean_topic(text)
    if all(unicodedata.category(c) in INVISIBLE for c in name):
        raise InvalidText("A name has at least one visible character.")
    return name


def clean_topic(text: str) -> str:
    """Return one line of text, which may be empty; raise InvalidText for control characters."""
    if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in BIDI_CONTROLS for c in text):
        raise InvalidText("A name or topic has no control characters.")
    return text.strip()


def rounded(count: int) -> int:
    """Return what is known from a sample with the two digits that it is worth."""
    unit: int = 10 ** max(0, len(str(count)) - 2)
    return round(count / unit) * unit


def _is_here(state: PresenceState) -> bool:
    return state.presence is not Presence.OFFLINE


def _only(wanted: OpenConversation, *names: str) -> None:
    extra = [name for name in sorted(FIELDS - {*names}) if getattr(wanted, name) is not UNSET]
    if extra:
        raise InvalidRequest(f"A {wanted.kind.value} does not take {', '.join(extra)}.")


def _given(value: str | UnsetType, name: str) -> str:
    if value is UNSET:
        raise InvalidRequest(f"{name} is missing.")
    return value


def _checked(q: str) -> str:
    if len(q) > SEARCH_CHARACTERS:
        raise InvalidRequest(f"q has at most {SEARCH_CHARACTERS} characters.")
    return q
