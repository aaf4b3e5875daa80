"""Opening, listing and reading conversations, and the state that starts a client."""

import gevent
import pytest

from imserver.errors import InvalidRequest, NotFound
from imserver.protocol.cursor import Cursor
from imserver.store import Store
from imserver.store.values import Backlog
from tests.store.town import Clock, Town, new


def test_both_sides_open_the_same_conversation_even_at_once(town: Town, second_store: Store) -> None:
    jobs = [
        gevent.spawn(store.conversations.open_direct, town.site_id, *pair)
        for store in (town.store, second_store)
        for pair in (("ada", "bob"), ("bob", "ada"))
    ]
    gevent.joinall(jobs, raise_error=True)
    assert len({job.value.id for job in jobs}) == 1
    assert [job.value.peer.id for job in jobs] == ["bob", "ada"] * 2
    assert len(jobs[0].value.id) <= 32


def test_a_conversation_needs_two_different_people_of_the_site(town: Town) -> None:
    with pytest.raises(InvalidRequest):
        town.open("ada", "ada")
    for pair in (("ada", "ghost"), ("ghost", "ada")):
        with pytest.raises(NotFound):
            town.open(*pair)


def test_pairs_of_ids_that_look_alike_when_joined_have_different_conversations(town: Town) -> None:
    for user_id in ("a", "ab", "b", "bc", "c", 'a","b', "a b"):
        town.add(user_id, "X")
    pairs = [("a", "bc"), ("ab", "c"), ("a", "b"), ('a","b', "c"), ("a b", "c")]
    assert len({town.open(*pair).id for pair in pairs}) == len(pairs)


def test_the_list_holds_those_with_messages_newest_first_in_pages(town: Town, clock: Clock) -> None:
    for n in range(5):
        town.add(f"p{n}")
        talk = town.open("ada", f"p{n}")
        clock.pass_seconds(1 if n != 3 else 0)  # two of them in the same millisecond
        town.say(f"p{n}", talk.id, f"hi from {n}")
    town.open("ada", "bob")
    seen, cursor = [], None
    while not seen or cursor:
        page = town.store.conversations.page_conversations(town.site_id, "ada", cursor=cursor, limit=2)
        seen += [conversation.last_message.text for conversation in page.data if conversation.last_message]
        cursor = page.next_cursor
    assert seen[0] == "hi from 4"
    assert set(seen[1:3]) == {"hi from 3", "hi from 2"}
    assert seen[3:] == ["hi from 1", "hi from 0"]
    talk = town.open("ada", "p0")
    clock.pass_seconds(1)
    town.say("ada", talk.id, "again")
    first = town.store.conversations.page_conversations(town.site_id, "ada", limit=1).data[0]
    assert (first.peer.id, first.unread, first.last_at) == ("p0", 0, clock.now_ms)


def test_a_conversation_of_others_is_not_there(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "secret")
    for user_id in ("cyd", "ghost"):
        with pytest.raises(NotFound):
            town.store.conversations.require_conversation(town.site_id, user_id, talk.id)
        with pytest.raises(NotFound):
            town.store.history.page(town.site_id, user_id, talk.id)
    with pytest.raises(NotFound):
        town.store.history.page("elsewhere", "ada", talk.id)
    assert town.store.conversations.page_conversations(town.site_id, "cyd").data == []


def test_history_pages_in_both_directions(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, *[str(n) for n in range(1, 11)])

    def page(**place: int) -> tuple[list[int], bool]:
        answer = town.store.history.page(town.site_id, "bob", talk.id, limit=4, **place)
        assert [message.text for message in answer.data] == [str(message.seq) for message in answer.data]
        return [message.seq for message in answer.data], answer.has_more

    assert page() == ([7, 8, 9, 10], True)
    assert page(before_seq=7) == ([3, 4, 5, 6], True)
    assert page(before_seq=3) == ([1, 2], False)
    assert page(after_seq=0) == ([1, 2, 3, 4], True)
    assert page(after_seq=6) == ([7, 8, 9, 10], False)
    assert page(after_seq=10) == page(before_seq=1) == page(before_seq=-(2**62)) == ([], False)
    assert page(before_seq=2**80) == ([7, 8, 9, 10], True)
    with pytest.raises(InvalidRequest):
        page(before_seq=5, after_seq=5)


def test_the_state_is_one_moment(town: Town, clock: Clock) -> None:
    talk = town.open("ada", "bob")
    other = town.open("cyd", "bob")
    town.store.roster.add_friends(town.site_id, "bob", ["ada", "ghost"])
    town.say("ada", talk.id, "1", "2")
    clock.pass_seconds(1)
    town.say("cyd", other.id, "3")
    town.store.writer.mark_read(town.site_id, "bob", talk.id, 1)
    state = town.store.state(town.site_id, "bob", 1)
    assert (state.unread_total, state.friends_total, state.server_time) == (2, 1, clock.now_ms)
    assert [c.peer.id for c in state.conversations.data] == ["cyd"]
    assert state.conversations.next_cursor
    assert (state.user.name, state.site.name) == ("Bob", "Town")
    cursor = Cursor.parse(state.cursor)
    assert town.store.log.read_backlog(town.site_id, "bob", cursor) == Backlog([], cursor, more=False)
    for place in ((town.site_id, "ghost"), ("elsewhere", "bob")):
        with pytest.raises(NotFound):
            town.store.state(*place, 10)


def test_state_and_cursor_agree_while_others_send(town: Town, second_store: Store) -> None:
    """Counting what the state shows plus what comes after its cursor always gives everything."""
    talk = town.open("ada", "bob")

    def send() -> None:
        for n in range(60):
            second_store.writer.send(town.site_id, "ada", talk.id, [new(str(n))])

    sender = gevent.spawn(send)
    states = []
    while not sender.ready():
        states.append(town.store.state(town.site_id, "bob", 5))
        gevent.sleep(0.001)
    sender.get()
    for state in states:
        shown = state.conversations.data[0].last_seq if state.conversations.data else 0
        backlog = town.store.log.read_backlog(town.site_id, "bob", Cursor.parse(state.cursor))
        assert isinstance(backlog, Backlog)
        assert shown + len(backlog.events) == 60
    assert len(states) > 1
