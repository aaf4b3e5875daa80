"""Messages older than a site keeps them: gone, with all that hangs on them; what is left is whole."""

import msgspec
import pytest

from imserver.errors import NotFound
from imserver.store import Store
from imserver.store.retention import MESSAGES_PER_BITE
from tests.store.town import Town, new

DAY = 24 * 3600


@pytest.fixture
def keeping(town: Town) -> Town:
    """Give a town that keeps its messages for ten days."""
    town.store.sites.change_rules(town.site_id, lambda old: msgspec.structs.replace(old, retention_days=10))
    return town


def texts(town: Town, conversation_id: str) -> list[str]:
    return [message.text for message in town.history("bob", conversation_id)]


def test_what_is_older_is_gone_and_history_says_where_it_begins(keeping: Town) -> None:
    talk = keeping.open("ada", "bob").id
    keeping.say("ada", talk, "1", "2")
    keeping.clock.pass_seconds(9 * DAY)
    keeping.say("bob", talk, "3")
    assert keeping.store.retention.trim() == 0
    keeping.clock.pass_seconds(1 * DAY + 1)
    assert keeping.store.retention.trim() == 2
    page = keeping.store.history.page(keeping.site_id, "ada", talk)
    assert ([m.text for m in page.data], page.has_more, page.trimmed_seq) == (["3"], False, 2)
    assert keeping.say("ada", talk, "4").messages[0].seq == 4
    assert texts(keeping, talk) == ["3", "4"]


def test_other_sites_keep_theirs(keeping: Town) -> None:
    other = Town(keeping.store, keeping.clock)
    for user_id in ("ada", "bob"):
        other.add(user_id)
    talk = other.open("ada", "bob").id
    other.say("ada", talk, "kept")
    keeping.clock.pass_seconds(400 * DAY)
    assert keeping.store.retention.trim() == 0
    page = other.store.history.page(other.site_id, "ada", talk)
    assert ([m.text for m in page.data], page.trimmed_seq) == (["kept"], msgspec.UNSET)


def test_a_conversation_that_has_lost_everything_still_stands(keeping: Town) -> None:
    talk = keeping.open("ada", "bob").id
    keeping.say("ada", talk, "1", "2", "3")
    keeping.clock.pass_seconds(11 * DAY)
    keeping.store.retention.trim()
    seen = keeping.seen("bob", talk)
    assert (seen.last_message, seen.last_seq, seen.unread) == (None, 3, 0)
    state = keeping.store.state(keeping.site_id, "bob", 30)
    assert (state.unread_total, [one.id for one in state.conversations.data]) == (0, [talk])
    assert texts(keeping, talk) == []
    keeping.say("ada", talk, "anew")
    assert keeping.seen("bob", talk).unread == 1


def test_search_pins_reactions_and_files_follow(keeping: Town) -> None:
    talk, store = keeping.open("ada", "bob").id, keeping.store
    keeping.say("ada", talk, *(f"lantern {number}" for number in range(130)))
    store.pins.pin(keeping.site_id, "ada", talk, seq=1)
    store.reactions.react(keeping.site_id, "bob", talk, seq=2, emoji="🌱", on=True)
    store.search_index.take_in((keeping.site_id, talk))
    keeping.clock.pass_seconds(11 * DAY)
    keeping.say("ada", talk, "a lantern that is new")
    store.retention.trim()
    found = store.search.page_everywhere(keeping.site_id, "bob", q="lantern", cursor=None, limit=50)
    assert [hit.message.text for hit in found.data] == ["a lantern that is new"]
    assert store.pins.page(keeping.site_id, "bob", talk).data == []
    with pytest.raises(NotFound):
        store.reactions.react(keeping.site_id, "bob", talk, seq=3, emoji="🌱", on=True)
    key = {"site_id": keeping.site_id, "conversation_id": talk}
    rest = store.database.read(lambda tx: tx.rows("term_blocks", **key, term="lantern", first=0, last=9))
    assert [block for block, _ in rest] == [2]


def test_whoever_comes_back_later_gets_every_event_and_a_tombstone_for_what_is_gone(keeping: Town) -> None:
    talk = keeping.open("ada", "bob").id
    keeping.say("ada", talk, "old words")
    keeping.clock.pass_seconds(11 * DAY)
    keeping.store.retention.trim()
    keeping.say("ada", talk, "new words")
    events = [msgspec.json.decode(event) for event in keeping.replay("bob")]
    messages = [event["message"] for event in events if event["type"] == "message.created"]
    assert [(m["seq"], m["text"], m.get("deleted", False)) for m in messages] == [
        (1, "", True),
        (2, "new words", False),
    ]


def test_more_than_a_bite_goes_by_and_by_and_two_workers_do_it_once(
    keeping: Town, second_store: Store
) -> None:
    talk = keeping.open("ada", "bob").id
    for _ in range(MESSAGES_PER_BITE // 100 + 1):
        keeping.post("ada", talk, *(new("x") for _ in range(100)))
    keeping.clock.pass_seconds(11 * DAY)
    total = keeping.store.retention.trim() + second_store.retention.trim()
    assert total == 100 * (MESSAGES_PER_BITE // 100 + 1)
    assert texts(keeping, talk) == []
