"""Groups and rooms: made, changed, joined, left; each a transaction under the conversation's lock."""

from collections.abc import Sequence

from imserver.errors import Conflict, Forbidden, GroupFull, InvalidRequest, NotFound
from imserver.protocol.events import CONVERSATION_CHANGED, INVITATIONS_CHANGED
from imserver.protocol.types import GROUP_MEMBERS, ConversationKind, LineKind, Role
from imserver.store.appending import StreamEvent
from imserver.store.blocks import find_walls
from imserver.store.changes import Changes
from imserver.store.database import Transaction, first_row
from imserver.store.files import drop_picture, take_picture
from imserver.store.gathering import LINES_TOLD, RANK, Gathering, RoomRow, lock_gathering
from imserver.store.ids import GROUP_PREFIX, new_id, page_room_id
from imserver.store.people import load_people
from imserver.store.room_rows import RoomChange, changed_room, insert_room, save_room, say_changes
from imserver.store.values import ROOM_PREFIX

# Who has so many invitations of one group open has not asked their friends.
INVITATIONS_OPEN = 200


class Groups:
    """Writes only. Every call is made by ``user_id``, and raises NotFound where they may not even look."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    # -- making

    def create_group(self, site_id: str, user_id: str, *, name: str, invited: Sequence[str]) -> str:
        """Return the id of a new group of its owner alone; the others are invited. Raises NotFound."""
        key = _key(site_id, GROUP_PREFIX)

        def create(tx: Transaction, now: int) -> tuple[str, list[StreamEvent]]:
            insert_room(tx, key, kind=ConversationKind.GROUP, name=name, now=now)
            group = lock_gathering(tx, **key)
            add_member(group, user_id, Role.OWNER, now=now)
            group.say(user_id, LineKind.CREATED, name=name)
            group.change()
            _invite(group, user_id, invited, now=now)
            return key["conversation_id"], group.finish(now=now)

        return self._changes.commit(create)

    def create_room(self, site_id: str, user_id: str, *, name: str, topic: str = "") -> str:
        """Return the id of a new public room, in which its owner takes part. Raises NotFound."""

        def create(tx: Transaction, now: int) -> tuple[str, list[StreamEvent]]:
            room = begin_room(tx, site_id, user_id, name=name, topic=topic, now=now)
            return room.conversation_id, room.finish(now=now)

        return self._changes.commit(create)

    def open_page_room(self, site_id: str, user_id: str, *, page: str, name: str) -> str:
        """Return the id of the room of a page, which is made when there is none; nobody joins it by that.

        The id follows from the page, so two who open it at once have the same room. Raises Forbidden for
        somebody who is banned from it.
        """
        key = {"site_id": site_id, "conversation_id": page_room_id(site_id, page)}

        def open_it(tx: Transaction, now: int) -> tuple[str, list[StreamEvent]]:
            if not tx.rows("find_conversation", **key):
                insert_room(tx, key, kind=ConversationKind.ROOM, name=name, page=page, now=now)
            elif tx.rows("find_ban", **key, user_id=user_id):
                raise Forbidden
            return key["conversation_id"], []

        return self._changes.commit(open_it)

    # -- changing

    def change(self, site_id: str, user_id: str, conversation_id: str, change: RoomChange) -> None:
        """Change what it is called and how it is used. Raises NotFound, Forbidden for a plain member."""

        def apply(tx: Transaction, now: int) -> tuple[None, list[StreamEvent]]:
            gathering = lock_gathering(tx, site_id, conversation_id)
            gathering.require_role(user_id, Role.MODERATOR)
            if change.slow_seconds and not gathering.is_room:
                raise InvalidRequest("Slow mode is for rooms.")
            old = gathering.load_room()
            new = changed_room(old, change)
            if new != old:
                _take_picture(gathering, user_id, old, new, now=now)
                save_room(gathering, old, new)
                say_changes(gathering, user_id, old, new)
            return None, gathering.finish(now=now)

        self._changes.commit(apply)

    def set_role(
        self, site_id: str, user_id: str, conversation_id: str, *, other_id: str, role: Role
    ) -> None:
        """Let an owner give a role.

        Raises NotFound, Forbidden also for a moderator of the site's, Conflict for the last owner's own.
        """

        def apply(tx: Transaction, now: int) -> tuple[None, list[StreamEvent]]:
            gathering = lock_gathering(tx, site_id, conversation_id)
            gathering.require_role(user_id, Role.OWNER)
            old = gathering.role_of(other_id)
            if old is None:
                raise NotFound
            if old is role:
                return None, []
            if old is Role.OWNER and tx.rows("count_owners", **gathering.key)[0][0] == 1:
                raise Conflict("A group keeps an owner: make somebody else one first.")
            if role is Role.MEMBER and tx.rows("find_appointed", **gathering.key, user_id=other_id)[0][0]:
                raise Forbidden("The site has made them moderator.")
            tx.run("set_role", **gathering.key, user_id=other_id, role=role.value)
            gathering.say(user_id, LineKind.ROLE, user_id=other_id, name=role.value)
            gathering.change()
            gathering.tell(other_id, CONVERSATION_CHANGED)
            return None, gathering.finish(now=now)

        self._changes.commit(apply)

    # -- coming and going

    def invite(self, site_id: str, user_id: str, conversation_id: str, invited: Sequence[str]) -> None:
        """Ask people to take part. Raises NotFound also for people who are none of the site's."""

        def apply(tx: Transaction, now: int) -> tuple[None, list[StreamEvent]]:
            gathering = lock_gathering(tx, site_id, conversation_id)
            gathering.require_role(user_id, Role.MEMBER)
            _invite(gathering, user_id, invited, now=now)
            return None, gathering.finish(now=now)

        self._changes.commit(apply)

    def join(self, site_id: str, user_id: str, conversation_id: str) -> bool:
        """Accept an invitation, or join a public room; return whether that was new.

        Raises NotFound for who is neither invited nor free to come, GroupFull.
        """

        def apply(tx: Transaction, now: int) -> tuple[bool, list[StreamEvent]]:
            gathering = lock_gathering(tx, site_id, conversation_id)
            if gathering.role_of(user_id) is not None:
                return False, []
            _join(gathering, user_id, now=now)
            return True, gathering.finish(now=now)

        return self._changes.commit(apply)

    def leave(self, site_id: str, user_id: str, conversation_id: str) -> bool:
        """Take part no longer, or decline an invitation; return whether the person took part.

        The last owner who leaves makes the longest moderator, else the longest member, an owner. Raises
        NotFound for who neither takes part nor is invited.
        """

        def apply(tx: Transaction, now: int) -> tuple[bool, list[StreamEvent]]:
            gathering = lock_gathering(tx, site_id, conversation_id)
            role = gathering.role_of(user_id)
            if role is None:
                if not withdraw(gathering, user_id):
                    raise NotFound
            else:
                drop_member(gathering, user_id, LineKind.LEFT, by=user_id)
                _keep_an_owner(gathering, left=role)
            return role is not None, gathering.finish(now=now)

        return self._changes.commit(apply)

    def remove(self, site_id: str, user_id: str, conversation_id: str, *, other_id: str, ban: bool) -> bool:
        """Put somebody out, or take their invitation back; with ``ban`` for good.

        Returns whether they took part. Raises NotFound, Forbidden, InvalidRequest for oneself.
        """

        def apply(tx: Transaction, now: int) -> tuple[bool, list[StreamEvent]]:
            gathering = lock_gathering(tx, site_id, conversation_id)
            mine = gathering.require_role(user_id, Role.MODERATOR)
            if other_id == user_id:
                raise InvalidRequest("To go oneself is to leave.")
            theirs = gathering.role_of(other_id)
            if theirs is not None and RANK[theirs] >= RANK[mine]:
                raise Forbidden
            is_invited = withdraw(gathering, other_id)
            if theirs is not None:
                drop_member(gathering, other_id, LineKind.REMOVED, by=user_id)
            elif not is_invited and not (ban and load_people(tx, site_id, [other_id])):
                raise NotFound
            if ban and not tx.rows("find_ban", **gathering.key, user_id=other_id):
                tx.run("insert_ban", **gathering.key, user_id=other_id, by_id=user_id, now=now)
                gathering.tell(other_id, CONVERSATION_CHANGED)
            return theirs is not None, gathering.finish(now=now)

        return self._changes.commit(apply)


def _key(site_id: str, prefix: str) -> dict[str, str]:
    return {"site_id": site_id, "conversation_id": new_id(prefix)}


def begin_room(tx: Transaction, site_id: str, owner_id: str, *, name: str, topic: str, now: int) -> Gathering:
    """Return a new public room in which its owner takes part, not finished yet. Raises NotFound."""
    key = _key(site_id, ROOM_PREFIX)
    insert_room(tx, key, kind=ConversationKind.ROOM, name=name, topic=topic, is_listed=1, now=now)
    room = lock_gathering(tx, **key)
    add_member(room, owner_id, Role.OWNER, now=now)
    room.say(owner_id, LineKind.CREATED, name=name)
    room.tell(owner_id, CONVERSATION_CHANGED)
    return room


def _take_picture(gathering: Gathering, user_id: str, old: RoomRow, new: RoomRow, *, now: int) -> None:
    """Keep the new picture, which the person has uploaded here, and let the one before go."""
    if new.picture == old.picture:
        return
    tx, site_id = gathering.tx, gathering.site_id
    if new.picture:
        take_picture(tx, site_id, user_id, gathering.conversation_id, new.picture)
    if old.picture:
        drop_picture(tx, site_id, old.picture, now=now)


def _invite(gathering: Gathering, user_id: str, invited: Sequence[str], *, now: int) -> None:
    """Invite those who are neither in it nor invited; who was banned is let in again by a moderator."""
    tx, key = gathering.tx, gathering.key
    asked = sorted(set(invited) - {user_id})
    if not asked:
        return
    if len(load_people(tx, gathering.site_id, asked)) < len(asked):
        raise NotFound
    banned = {row[0] for row in tx.rows("find_bans", **key, user_ids=asked)}
    if banned and gathering.role_of(user_id) is not Role.MEMBER:
        tx.run("delete_bans", **key, user_ids=sorted(banned))
        banned = set()
    open_ones = {row[0] for row in tx.rows("find_invited", **key)}
    inside = {row[0] for row in tx.rows("find_participants", **key, user_ids=asked)}
    fresh = [other for other in asked if other not in banned | open_ones | inside]
    if len(open_ones) + len(fresh) > INVITATIONS_OPEN:
        raise Conflict("Too many invitations have not been answered yet.")
    if fresh:
        rows = [(key["site_id"], other, key["conversation_id"], user_id, now) for other in fresh]
        tx.run("insert_invitations", rows=rows)
    # Across a wall the invitation is there as any other, but neither told nor shown: the inviter finds no
    # difference, not even by taking it back.
    walls = find_walls(tx, gathering.site_id, user_id, asked)
    for other in fresh:
        if other not in walls:
            gathering.tell(other, INVITATIONS_CHANGED)


def withdraw(gathering: Gathering, user_id: str) -> bool:
    """Delete the person's invitation; return whether there was one."""
    there_was = gathering.tx.run("delete_invitation", **gathering.key, user_id=user_id) > 0
    if there_was:
        gathering.tell(user_id, INVITATIONS_CHANGED)
    return there_was


def _join(gathering: Gathering, user_id: str, *, now: int) -> None:
    tx, key = gathering.tx, gathering.key
    inviter = first_row(tx.rows("find_invitation", **key, user_id=user_id))
    room = gathering.load_room()
    if tx.rows("find_ban", **key, user_id=user_id) or not (inviter or room.is_public):
        raise NotFound
    if not gathering.is_room and room.members >= GROUP_MEMBERS:
        raise GroupFull
    # A room that everybody has left belongs to whoever comes first; a page's room is nobody's.
    role = Role.OWNER if not room.members and not room.page else Role.MEMBER
    by_site = role is Role.MEMBER and gathering.is_room and _keeps_order(gathering, user_id)
    withdraw(gathering, user_id)
    add_member(gathering, user_id, Role.MODERATOR if by_site else role, by_site=by_site, now=now)
    if room.members < LINES_TOLD:
        gathering.say(user_id, LineKind.JOINED, user_id=user_id)
        gathering.change()
    gathering.tell(user_id, CONVERSATION_CHANGED)


def _keeps_order(gathering: Gathering, user_id: str) -> bool:
    """Tell whether the host says that the person is a moderator."""
    people = load_people(gathering.tx, gathering.site_id, [user_id])
    return bool(people) and people[0].moderator


def add_member(gathering: Gathering, user_id: str, role: Role, *, by_site: bool = False, now: int) -> None:
    """Let the person take part, with nothing unread, and stand in the list. Raises NotFound."""
    tx, key = gathering.tx, gathering.key
    listing = first_row(tx.rows("lock_listing", site_id=gathering.site_id, user_id=user_id))
    if listing is None:
        raise NotFound
    row = {"role": role.value, "by_site": int(by_site), "read_seq": gathering.last_seq, "now": now}
    tx.run("join_conversation", **key, user_id=user_id, **row)
    tx.run("insert_member", **key, user_id=user_id, is_offline=1 - listing[0], name_folded=listing[1])
    tx.run("count_member", **key, difference=1)


def drop_member(gathering: Gathering, user_id: str, what: LineKind, *, by: str) -> None:
    """Let somebody take part no longer; ``by`` is who did it. An empty group is closed."""
    tx, key = gathering.tx, gathering.key
    members = gathering.load_room().members
    tx.run("leave_conversation", **key, user_id=user_id)
    tx.run("delete_member", **key, user_id=user_id)
    tx.run("count_member", **key, difference=-1)
    if 1 < members <= LINES_TOLD:
        gathering.say(by, what, user_id=user_id)
        gathering.change()
    gathering.tell(user_id, CONVERSATION_CHANGED)
    if members == 1 and not gathering.is_room:
        _close(gathering)


def _close(group: Gathering) -> None:
    """Take back what an empty group has still asked."""
    for user_id, _ in group.tx.rows("find_invited", **group.key):
        group.tell(user_id, INVITATIONS_CHANGED)
    group.tx.run("delete_invitations", **group.key)


def _keep_an_owner(gathering: Gathering, *, left: Role) -> None:
    if left is not Role.OWNER:
        return
    first = first_row(gathering.tx.rows("first_in_rank", **gathering.key))
    if first is None or first[1] == Role.OWNER:
        return
    gathering.tx.run("set_role", **gathering.key, user_id=first[0], role=Role.OWNER.value)
    gathering.say(first[0], LineKind.ROLE, user_id=first[0], name=Role.OWNER.value)
    gathering.tell(first[0], CONVERSATION_CHANGED)
