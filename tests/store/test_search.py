"""Searching messages: the same answers whatever is in the index, and nothing that a person may not read."""

import gevent
import pytest

from imserver.errors import InvalidCursor, InvalidRequest, NotFound, Unavailable
from imserver.store import Store
from imserver.store.search_index import BLOCK_MESSAGES, QUIET_MS, replace_text
from tests.store.town import Clock, Town

WORDS = ("apple", "banana", "cherry", "durian", "elder", "fig", "grape")


@pytest.fixture
def chat(town: Town) -> str:
    """Give ada's and bob's conversation, of 150 messages: two blocks and a half."""
    conversation_id = town.open("ada", "bob").id
    for start in range(1, 151, 10):
        town.say("ada", conversation_id, *(text_of(number) for number in range(start, start + 10)))
    return conversation_id


def text_of(number: int) -> str:
    return f"message{number} {WORDS[number % 7]} and {WORDS[number % 5]} 東京{number}"


def find(town: Town, conversation_id: str, q: str, *, limit: int = 20, user_id: str = "ada") -> list[int]:
    """Return the seqs of all pages."""
    found: list[int] = []
    cursor = None
    while True:
        page = town.store.search.page_conversation(
            town.site_id, user_id, conversation_id, q=q, cursor=cursor, limit=limit
        )
        assert len(page.data) <= limit
        found += [hit.message.seq for hit in page.data]
        cursor = page.next_cursor
        if cursor is None:
            return found


def find_everywhere(town: Town, q: str, *, limit: int = 20, user_id: str = "ada") -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    cursor = None
    while True:
        page = town.store.search.page_everywhere(town.site_id, user_id, q=q, cursor=cursor, limit=limit)
        found += [(hit.conversation_id, hit.message.seq) for hit in page.data]
        cursor = page.next_cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("indexed", ["nothing", "some", "everything"])
@pytest.mark.parametrize(
    "q", ["apple", "banana cherry", "grape elder ", "mess", "message7 ", "東京1", "京1", "fig figs"]
)
def test_what_is_found_does_not_depend_on_what_is_in_the_index(
    town: Town, chat: str, indexed: str, q: str
) -> None:
    index = town.store.search_index
    if indexed == "some":
        assert index._slice((town.site_id, chat), BLOCK_MESSAGES + 10) == BLOCK_MESSAGES + 10
    if indexed == "everything":
        assert index.take_in((town.site_id, chat)) == 150
    words, last = q.split()[:-1], q.split()[-1]

    def matches(text: str) -> bool:
        if "京" in q:
            return last.rstrip("0123456789") in text and f"京{last[-1]}" in text
        have = text.split()
        ends = last in have if q.endswith(" ") else any(word.startswith(last) for word in have)
        return ends and all(word in have for word in words)

    expected = [number for number in range(150, 0, -1) if matches(text_of(number))]
    assert expected or q == "fig figs"
    for limit in (1, 7, 50):
        assert find(town, chat, q, limit=limit) == expected


def test_a_message_is_found_at_once_and_by_both(town: Town, chat: str) -> None:
    town.say("bob", chat, "zeppelin")
    for user_id in ("ada", "bob"):
        assert find(town, chat, "zepp", user_id=user_id) == [151]
    for user_id in ("cyd", "nobody"):
        with pytest.raises(NotFound):
            find(town, chat, "zepp", user_id=user_id)
        assert find_everywhere(town, "zepp", user_id=user_id) == []


def test_everywhere_is_the_newest_first_over_all_conversations(town: Town, clock: Clock) -> None:
    chats = [town.open("ada", "bob").id, town.open("ada", "cyd").id]
    told: list[tuple[str, int]] = []
    for number in range(40):
        clock.pass_seconds(1)
        chat = chats[number % 3 % 2]
        sent = town.say("ada", chat, "needle" if number % 2 else "hay")
        if number % 2:
            told.insert(0, (chat, sent.messages[0].seq))
    town.say("bob", town.open("bob", "cyd").id, "needle")
    for indexed in (None, chats[0], chats[1]):
        if indexed:
            town.store.search_index.take_in((town.site_id, indexed))
        for limit in (1, 3, 50):
            assert find_everywhere(town, "needle", limit=limit) == told


def test_messages_are_taken_in_once_by_workers_at_the_same_time(
    town: Town, chat: str, second_store: Store
) -> None:
    pair = (town.site_id, chat)
    workers = [gevent.spawn(store.search_index.take_in, pair) for store in (town.store, second_store)]
    gevent.joinall(workers, raise_error=True)
    assert sum(worker.value for worker in workers) == 150
    assert town.store.search_index.take_in(pair) == 0


def test_a_worker_finds_what_a_dead_one_left(
    town: Town, chat: str, second_store: Store, clock: Clock
) -> None:
    assert town.store.search_index._slice((town.site_id, chat), 10) == 10
    assert second_store.search_index.work() == 140
    assert second_store.search_index.work() == 0


def test_a_short_chat_waits_until_it_is_quiet(town: Town, clock: Clock) -> None:
    index = town.store.search_index
    while index._place is not None:
        index.work()
    town.say("ada", town.open("ada", "bob").id, "one", "two")
    assert index.work() == 0
    clock.pass_seconds(QUIET_MS / 1000)
    assert index.work() == 2


def test_what_grows_while_it_waits_for_its_turn_is_taken_in_with_all_it_has(
    town: Town, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = town.store.search_index
    index._place = None
    first, second = town.open("ada", "bob").id, town.open("ada", "cyd").id
    for conversation_id in (first, second):
        town.say("ada", conversation_id, "one")
    clock.pass_seconds(QUIET_MS / 1000)
    take_in, turns = index.take_in, []

    def take_in_slowly(pair: tuple[str, str]) -> int:
        turns.append(pair[1])
        if pair[1] == first:
            town.say("ada", second, "two")
        return take_in(pair)

    monkeypatch.setattr(index, "take_in", take_in_slowly)
    assert index.work() == 3
    clock.pass_seconds(QUIET_MS / 1000)
    assert index.work() == 0
    assert turns == [first, second]


def test_what_is_taken_in_and_grows_again_waits_its_time_and_leaves_nothing_behind(
    town: Town, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imserver.store.search_index.EMPTY_KEPT", 1)
    index = town.store.search_index
    index._place = None
    chats = [town.open("ada", name).id for name in ("bob", "cyd")]
    for turn in range(3):
        for conversation_id in chats:
            town.say("ada", conversation_id, "one", "two")
        assert index.work() == 0
        clock.pass_seconds(QUIET_MS / 1000 - 1)
        assert index.work() == 0, turn
        clock.pass_seconds(1)
        assert index.work() == 4, turn
    assert len(index._grown) <= 2
    assert not any((index._order, index._times, index._full))


def test_what_could_not_be_taken_in_is_looked_at_again(
    town: Town, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = town.store.search_index
    index._place = None
    town.say("ada", town.open("ada", "bob").id, "one", "two")
    clock.pass_seconds(QUIET_MS / 1000)

    def refuse(pair: tuple[str, str]) -> int:
        raise Unavailable

    with monkeypatch.context() as patch:
        patch.setattr(index, "take_in", refuse)
        with pytest.raises(Unavailable):
            index.work()
    assert index.work() == 0
    clock.pass_seconds(QUIET_MS / 1000)
    assert index.work() == 2


def test_all_that_is_full_is_taken_in_however_much_it_is(
    town: Town, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr("imserver.store.search_index.FULL_KNOWN", 1)
    index = town.store.search_index
    index._place = None
    for name in ("bob", "cyd"):
        conversation_id = town.open("ada", name).id
        for _ in range(8):
            town.say("ada", conversation_id, *["word"] * 10)
    assert index.work() == 80
    clock.pass_seconds(QUIET_MS / 1000)
    assert index.work() == 80


def test_a_full_block_is_taken_in_without_waiting(town: Town, chat: str) -> None:
    index = town.store.search_index
    index._place = None
    assert index.work() == 150


def test_the_index_forgets_the_text_that_a_message_had(town: Town, chat: str) -> None:
    pair = (town.site_id, chat)
    key = {"site_id": pair[0], "conversation_id": chat}
    index = town.store.search_index
    index._slice(pair, 100)
    for seq in (50, 120):
        town.store.database.write(
            lambda tx, seq=seq: replace_text(tx, pair, seq, old=text_of(seq), new="quince")
        )  # type: ignore[misc]

    def seqs(term: str) -> list[tuple[int, int]]:
        found = town.store.database.read(lambda tx: tx.rows("term_blocks", **key, term=term, first=0, last=9))
        return [(int(block), int(bits)) for block, bits in found if bits]

    assert seqs("message50") == []
    assert seqs("quince") == [(0, 1 << 49)]
    assert [block for block, _ in seqs("apple")] == [0, 1], "the others keep their words"
    assert seqs("message120") == [], "which is not in the index yet"


def test_a_search_needs_a_word_and_a_cursor_of_its_own(town: Town, chat: str) -> None:
    for q in ("", " ", "…?!"):
        with pytest.raises(InvalidRequest):
            find(town, chat, q)
        with pytest.raises(InvalidRequest):
            find_everywhere(town, q)
    everywhere = town.store.search.page_everywhere(town.site_id, "ada", q="mess", cursor=None, limit=1)
    with pytest.raises(InvalidCursor):
        town.store.search.page_conversation(
            town.site_id, "ada", chat, q="mess", cursor=everywhere.next_cursor, limit=1
        )


def test_much_that_is_no_hit_ends_a_page_early_and_the_next_one_goes_on(
    town: Town, chat: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imserver.store.search.TEXTS_PER_PAGE", 30)
    monkeypatch.setattr("imserver.store.search.TEXTS_PER_READ", 10)
    page = town.store.search.page_conversation(town.site_id, "ada", chat, q="message3 ", cursor=None, limit=5)
    assert (page.data, page.next_cursor is None) == ([], False)
    assert find(town, chat, "message3 ") == [3]
