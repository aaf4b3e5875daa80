"""Groups: made of those who accept, kept by those who own, left by whoever likes."""

import gevent
import pytest

from imserver.errors import Conflict, Forbidden, GroupFull, InvalidRequest, NotFound
from imserver.protocol.cursor import START
from imserver.protocol.types import Conversation, ConversationKind, Role
from imserver.store import Store
from imserver.store.room_rows import RoomChange
from imserver.store.values import Backlog
from tests.store.town import Town


@pytest.fixture
def group(town: Town) -> str:
    """Give a group of ada's in which bob takes part."""
    group = town.store.groups.create_group(town.site_id, "ada", name="Chess", invited=["bob"])
    assert join(town, "bob", group)
    return group


def join(town: Town, user_id: str, conversation_id: str) -> bool:
    return town.store.groups.join(town.site_id, user_id, conversation_id)


def leave(town: Town, user_id: str, conversation_id: str, *, store: Store | None = None) -> bool:
    return (store or town.store).groups.leave(town.site_id, user_id, conversation_id)


def invite(town: Town, user_id: str, group: str, *others: str) -> None:
    town.store.groups.invite(town.site_id, user_id, group, others)


def remove(town: Town, user_id: str, conversation_id: str, other_id: str, *, ban: bool = False) -> bool:
    return town.store.groups.remove(town.site_id, user_id, conversation_id, other_id=other_id, ban=ban)


def set_role(town: Town, user_id: str, group: str, other_id: str, role: Role) -> None:
    town.store.groups.set_role(town.site_id, user_id, group, other_id=other_id, role=role)


def seen(town: Town, user_id: str, conversation_id: str) -> Conversation:
    return town.store.conversations.require_conversation(town.site_id, user_id, conversation_id)


def invited(town: Town, user_id: str) -> list[str]:
    return [i.conversation_id for i in town.store.rooms.load_invitations(town.site_id, user_id)]


def inside(town: Town, conversation_id: str) -> tuple[str, ...]:
    return town.store.conversations.load_participants(town.site_id, conversation_id)


def lines(town: Town, user_id: str, conversation_id: str) -> list[tuple[object, ...]]:
    page = town.store.history.page(town.site_id, user_id, conversation_id, limit=50)
    return [(m.line.what.value, m.sender_id) for m in page.data if m.kind == "line"]


def test_a_group_is_of_its_owner_alone_until_others_accept(town: Town) -> None:
    group = town.store.groups.create_group(town.site_id, "ada", name="Chess", invited=["bob", "cyd", "ada"])
    assert inside(town, group) == ("ada",)
    with pytest.raises(NotFound):
        seen(town, "bob", group)
    (invitation,) = town.store.rooms.load_invitations(town.site_id, "bob")
    assert (invitation.name, invitation.inviter.id, invitation.members) == ("Chess", "ada", 1)
    assert town.store.state(town.site_id, "bob", 10).invitations == [invitation]
    assert join(town, "bob", group)
    assert not join(town, "bob", group)
    assert (invited(town, "bob"), invited(town, "cyd")) == ([], [group])
    mine, theirs = seen(town, "ada", group), seen(town, "bob", group)
    assert (mine.kind, mine.peer, mine.name, mine.members) == (ConversationKind.GROUP, None, "Chess", 2)
    assert (mine.role, theirs.role) == ("owner", "member")
    assert (mine.unread, theirs.unread) == (0, 0)
    assert lines(town, "bob", group) == [("created", "ada"), ("joined", "bob")]


def test_what_happens_in_a_group_is_told_to_each_as_it_is_replayed(town: Town, group: str) -> None:
    town.say("ada", group, "hello")
    town.store.groups.change(town.site_id, "ada", group, RoomChange(name="Go"))
    set_role(town, "ada", group, "bob", Role.MODERATOR)
    invite(town, "bob", group, "cyd")
    join(town, "cyd", group)
    remove(town, "bob", group, "cyd")
    for user_id in ("ada", "bob", "cyd"):
        replay = town.store.log.read_backlog(town.site_id, user_id, START)
        assert isinstance(replay, Backlog)
        assert replay.events == [d.event for d in town.told if d.user_id == user_id]
    told = [d.event.split(b'"')[3] for d in town.told if d.user_id == "cyd"]
    # Asked, joined (her own line among it), put out.
    assert sorted(told) == [b"conversation.changed"] * 2 + [b"invitations.changed"] * 2 + [b"message.created"]


def test_a_group_is_in_the_list_of_those_who_take_part(town: Town, group: str) -> None:
    direct = town.open("ada", "bob")
    town.clock.pass_seconds(1)
    town.say("ada", direct.id, "for bob")
    town.clock.pass_seconds(1)
    town.say("ada", group, "for both")
    for user_id, unread in (("ada", 0), ("bob", 2)):
        page = town.store.conversations.page_conversations(town.site_id, user_id)
        assert [c.id for c in page.data] == [group, direct.id]
        assert town.store.state(town.site_id, user_id, 10).unread_total == unread
    assert town.store.conversations.page_conversations(town.site_id, "cyd").data == []


def test_only_the_invited_join_and_only_once(town: Town, group: str) -> None:
    other = Town(town.store)
    other.add("bob")
    with pytest.raises(NotFound):
        join(town, "cyd", group)
    with pytest.raises(NotFound):
        other.store.groups.join(other.site_id, "bob", group)
    with pytest.raises(NotFound):
        invite(town, "cyd", group, "cyd")
    with pytest.raises(NotFound):
        invite(town, "ada", group, "nobody")
    invite(town, "bob", group, "cyd")
    invite(town, "ada", group, "cyd", "bob")
    assert not leave(town, "cyd", group)
    assert invited(town, "cyd") == []
    with pytest.raises(NotFound):
        leave(town, "cyd", group)
    with pytest.raises(NotFound):
        join(town, "cyd", group)
    assert inside(town, group) == ("ada", "bob")


def test_whoever_leaves_neither_hears_nor_reads_nor_sends(town: Town, group: str) -> None:
    assert leave(town, "bob", group)
    town.told.clear()
    town.say("ada", group, "alone")
    assert {d.user_id for d in town.told} == {"ada"}
    for forbidden in (
        lambda: seen(town, "bob", group),
        lambda: town.store.history.page(town.site_id, "bob", group),
        lambda: town.say("bob", group, "x"),
        lambda: town.store.members.page(town.site_id, "bob", group),
    ):
        with pytest.raises(NotFound):
            forbidden()
    assert lines(town, "ada", group)[-1] == ("left", "bob")
    assert seen(town, "ada", group).members == 1


def test_the_last_owner_who_leaves_makes_the_longest_moderator_or_member_owner(town: Town) -> None:
    for user_id in ("dan", "eve"):
        town.add(user_id)
    group = town.store.groups.create_group(
        town.site_id, "ada", name="g", invited=["eve", "dan", "bob", "cyd"]
    )
    for user_id in ("eve", "dan", "cyd", "bob"):
        town.clock.pass_seconds(1)
        join(town, user_id, group)
    set_role(town, "ada", group, "cyd", Role.MODERATOR)
    for leaver, owner in (("ada", "cyd"), ("cyd", "eve"), ("eve", "dan"), ("dan", "bob")):
        leave(town, leaver, group)
        roles = {user_id: seen(town, user_id, group).role for user_id in inside(town, group)}
        assert [user_id for user_id, role in roles.items() if role == "owner"] == [owner]


def test_an_empty_group_takes_its_invitations_back(town: Town, group: str) -> None:
    invite(town, "ada", group, "cyd")
    leave(town, "bob", group)
    leave(town, "ada", group)
    assert invited(town, "cyd") == []
    with pytest.raises(NotFound):
        join(town, "cyd", group)


def test_two_owners_who_leave_at_once_leave_an_owner_behind(
    town: Town, group: str, second_store: Store
) -> None:
    invite(town, "ada", group, "cyd")
    join(town, "cyd", group)
    set_role(town, "ada", group, "bob", Role.OWNER)
    jobs = [
        gevent.spawn(leave, town, user_id, group, store=store)
        for user_id, store in (("ada", town.store), ("bob", second_store))
    ]
    gevent.joinall(jobs, raise_error=True)
    assert inside(town, group) == ("cyd",)
    assert (seen(town, "cyd", group).role, seen(town, "cyd", group).members) == ("owner", 1)


def test_an_invitation_by_somebody_who_leaves_just_then_is_never_left_over(
    town: Town, group: str, second_store: Store
) -> None:
    leave(town, "bob", group)
    jobs = [
        gevent.spawn(leave, town, "ada", group),
        gevent.spawn(second_store.groups.invite, town.site_id, "ada", group, ["cyd"]),
    ]
    gevent.joinall(jobs)
    assert jobs[1].successful() or isinstance(jobs[1].exception, NotFound)
    assert (inside(town, group), invited(town, "cyd")) == ((), [])


def test_the_last_place_of_a_group_is_taken_once(town: Town, group: str, second_store: Store) -> None:
    town.add("dan")
    invite(town, "ada", group, "cyd", "dan")
    key = {"site_id": town.site_id, "conversation_id": group}
    town.store.database.write(lambda tx: tx.run("count_member", **key, difference=97))
    jobs = [
        gevent.spawn(store.groups.join, town.site_id, user_id, group)
        for user_id, store in (("cyd", town.store), ("dan", second_store))
    ]
    gevent.joinall(jobs)
    assert sorted(type(job.exception).__name__ for job in jobs) == [GroupFull.__name__, "NoneType"]
    assert seen(town, "ada", group).members == 100


def test_one_person_who_joins_twice_at_once_takes_part_once(
    town: Town, group: str, second_store: Store
) -> None:
    invite(town, "ada", group, "cyd")
    jobs = [
        gevent.spawn(store.groups.join, town.site_id, "cyd", group) for store in (town.store, second_store)
    ]
    gevent.joinall(jobs, raise_error=True)
    assert sorted(job.value for job in jobs) == [False, True]
    assert seen(town, "cyd", group).members == 3


def test_who_may_put_whom_out(town: Town, group: str) -> None:
    invite(town, "ada", group, "cyd")
    join(town, "cyd", group)
    for user_id, other_id, error in (
        ("bob", "cyd", Forbidden),
        ("ada", "ada", InvalidRequest),
        ("nobody", "bob", NotFound),
        ("ada", "nobody", NotFound),
    ):
        with pytest.raises(error):
            remove(town, user_id, group, other_id)
    set_role(town, "ada", group, "bob", Role.MODERATOR)
    set_role(town, "ada", group, "cyd", Role.MODERATOR)
    for other_id in ("ada", "cyd"):
        with pytest.raises(Forbidden):
            remove(town, "bob", group, other_id)
    set_role(town, "ada", group, "cyd", Role.MEMBER)
    assert remove(town, "bob", group, "cyd")
    with pytest.raises(NotFound):
        join(town, "cyd", group)
    assert lines(town, "ada", group)[-1] == ("removed", "bob")


def test_who_is_banned_comes_back_only_when_a_moderator_asks(town: Town, group: str) -> None:
    invite(town, "ada", group, "cyd")
    assert not remove(town, "ada", group, "cyd", ban=True)
    assert invited(town, "cyd") == []
    invite(town, "bob", group, "cyd")
    assert invited(town, "cyd") == []
    invite(town, "ada", group, "cyd")
    assert join(town, "cyd", group)


def test_roles_are_the_owners_to_give_and_one_owner_stays(town: Town, group: str) -> None:
    with pytest.raises(Forbidden):
        set_role(town, "bob", group, "bob", Role.OWNER)
    with pytest.raises(NotFound):
        set_role(town, "ada", group, "cyd", Role.OWNER)
    with pytest.raises(Conflict):
        set_role(town, "ada", group, "ada", Role.MEMBER)
    set_role(town, "ada", group, "bob", Role.OWNER)
    set_role(town, "bob", group, "ada", Role.MEMBER)
    assert (seen(town, "ada", group).role, seen(town, "bob", group).role) == ("member", "owner")


def test_a_group_is_renamed_by_those_who_keep_it(town: Town, group: str) -> None:
    change = RoomChange(name="Go", topic="19x19")
    with pytest.raises(Forbidden):
        town.store.groups.change(town.site_id, "bob", group, change)
    with pytest.raises(InvalidRequest):
        town.store.groups.change(town.site_id, "ada", group, RoomChange(slow_seconds=5))
    with pytest.raises(NotFound):
        town.store.groups.change(town.site_id, "ada", town.open("ada", "bob").id, change)
    town.told.clear()
    for _ in range(2):
        town.store.groups.change(town.site_id, "ada", group, change)
    after = seen(town, "bob", group)
    assert (after.name, after.topic, after.picture) == ("Go", "19x19", "")
    assert lines(town, "bob", group)[-1] == ("renamed", "ada")
    assert sorted(d.user_id for d in town.told) == ["ada", "ada", "bob", "bob"]


def test_a_longer_list_of_conversations_takes_no_statement_more(town: Town, group: str) -> None:
    asked: list[str] = []
    snapshot = town.store.database.snapshot

    class Watching:
        def __init__(self, tx: object) -> None:
            self._tx = tx

        def rows(self, name: str, /, **parameters: object) -> object:
            asked.append(name)
            return self._tx.rows(name, **parameters)  # type: ignore[attr-defined]

    town.store.database.snapshot = lambda work: snapshot(lambda tx: work(Watching(tx)))  # type: ignore
    statements = []
    for peers in (["ada"], ["cyd", "dan", "eve", "fay"]):
        for peer_id in peers:
            town.add(peer_id)
            town.say("bob", town.open("bob", peer_id).id, "hi")
        asked.clear()
        page = town.store.conversations.page_conversations(town.site_id, "bob")
        statements.append((len(page.data), sorted(asked)))
    assert [count for count, _ in statements] == [2, 6]
    assert statements[0][1] == statements[1][1]
    assert statements[0][1].count("page_conversations") == 1


@pytest.mark.parametrize("blocker", ["ada", "cyd"])
def test_an_invitation_across_a_wall_is_neither_told_nor_shown_nor_noticed(
    town: Town, group: str, blocker: str
) -> None:
    town.store.blocks.block(town.site_id, blocker, {"ada": "cyd", "cyd": "ada"}[blocker])
    town.told.clear()
    invite(town, "ada", group, "cyd")
    invite(town, "ada", group, "cyd")
    assert (town.told, invited(town, "cyd"), town.store.state(town.site_id, "cyd", 10).invitations) == (
        [],
        [],
        [],
    )
    # Taken back as any other is; a second time there is none.
    assert not remove(town, "ada", group, "cyd")
    with pytest.raises(NotFound):
        remove(town, "ada", group, "cyd")
    invite(town, "bob", group, "cyd")
    assert invited(town, "cyd") == [group]
