"""Events for webhooks: written with what they tell, numbered once, in order, and never lost."""

import pytest

from imserver.errors import Conflict, NotFound, Unavailable
from imserver.protocol.types import NewReport, ReportReason
from imserver.store import Store
from imserver.store.values import Person
from imserver.store.webhook_queue import TURN
from imserver.store.webhooks import Post, Webhook
from tests.store.town import Clock, Town, new

ALL = ("message.created", "message.changed", "user.created", "report.created")


@pytest.fixture
def webhook(town: Town, store: Store) -> Webhook:
    return store.webhooks.insert(town.site_id, url="https://a.example/", events=ALL)


def numbered(store: Store, town: Town, *, holder: str = "one") -> list[tuple[int, str, str, int, int]]:
    """Let ``holder`` number what there is; return the whole log."""
    assert store.turns.take(TURN, holder, for_ms=20_000)
    store.webhook_queue.number_events(holder)
    logged = store.webhook_queue.read_after(town.site_id, 0, limit=1_000)
    return [(each.number, each.type, each.stream, each.place, each.version) for each in logged]


def outbox(store: Store) -> list[tuple[str, ...]]:
    where = {"site_id": "", "stream": "", "limit": 1_000}
    return store.database.read(lambda tx: tx.rows("page_webhook_outbox", **where))


@pytest.mark.usefixtures("webhook")
def test_what_happens_is_numbered_in_the_order_of_its_conversation(town: Town, store: Store) -> None:
    talk = town.open("ada", "bob").id
    town.say("ada", talk, "one", "two")
    town.say("bob", talk, "three")
    store.edits.edit(town.site_id, "ada", talk, seq=2, text="2", mentions=None, window_ms=1_000)
    store.edits.delete(town.site_id, "ada", talk, seq=1)
    expected = [(1, 0), (1, 1), (2, 0), (2, 1), (3, 0)]
    log = numbered(store, town)
    assert [number for number, *_ in log] == [1, 2, 3, 4, 5]
    assert [(place, version) for _, _, _, place, version in log] == expected
    town.say("ada", talk, "four")
    assert numbered(store, town)[5:] == [(6, "message.created", talk, 4, 0)]
    assert outbox(store) == []


@pytest.mark.usefixtures("webhook")
def test_new_people_and_reports_are_events(town: Town, store: Store) -> None:
    town.add("dan")
    town.add("dan", "Daniel")
    store.reports.insert(town.site_id, "ada", NewReport(user_id="bob", reason=ReportReason.SPAM))
    kinds = [(kind, stream) for _, kind, stream, _, _ in numbered(store, town)]
    assert [kind for kind, _ in kinds] == ["user.created", "report.created"]
    assert kinds[0] == ("user.created", "dan")


def test_a_site_without_webhooks_writes_nothing_down(town: Town, store: Store) -> None:
    other = Town(store, town.clock)
    store.webhooks.insert(other.site_id, url="https://a.example/", events=ALL)
    talk = town.open("ada", "bob").id
    town.say("ada", talk, "one")
    store.edits.delete(town.site_id, "ada", talk, seq=1)
    town.add("dan")
    assert [row for row in outbox(store) if row[0] == town.site_id] == []


def test_a_send_runs_the_same_statements_whether_there_are_webhooks_or_not(
    town: Town, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another site's webhooks cost a site that has none a look at a set, and no statement."""
    talk = town.open("ada", "bob").id
    asked = count_statements(store, monkeypatch)
    town.say("ada", talk, "before")
    before = asked.copy()
    asked.clear()
    other = Town(store, town.clock)
    store.webhooks.insert(other.site_id, url="https://a.example/", events=ALL)
    asked.clear()
    town.say("ada", talk, "after")
    assert asked == before
    assert "save_webhook_events" not in asked


def count_statements(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that gets the names of all statements that are written together."""
    asked: list[str] = []
    whole = store.database.write

    class Listening:
        def __init__(self, tx: object) -> None:
            self._tx = tx

        def __getattr__(self, name: str) -> object:
            return getattr(self._tx, name)

        def together(self, calls: object) -> object:
            listed = list(calls)  # type: ignore[call-overload]
            asked.extend(name for name, _ in listed)
            return self._tx.together(listed)  # type: ignore[attr-defined]

    monkeypatch.setattr(store.database, "write", lambda work: whole(lambda tx: work(Listening(tx))))
    return asked


@pytest.mark.usefixtures("webhook")
def test_a_commit_that_fails_leaves_no_event(town: Town, store: Store) -> None:
    talk = town.open("ada", "bob").id
    message = new("once", client_id="a" * 32)
    town.post("ada", talk, message)
    assert town.post("ada", talk, message).messages[0].duplicate
    with pytest.raises(NotFound):
        town.say("cyd", talk, "not mine")
    assert len(numbered(store, town)) == 1


@pytest.mark.usefixtures("webhook")
def test_only_the_worker_whose_turn_it_is_numbers_events(town: Town, store: Store, clock: Clock) -> None:
    town.say("ada", town.open("ada", "bob").id, "one")
    assert store.turns.take(TURN, "one", for_ms=20_000)
    assert not store.turns.take(TURN, "two", for_ms=20_000)
    with pytest.raises(Unavailable):
        store.webhook_queue.number_events("two")
    clock.pass_seconds(21)
    assert len(numbered(store, town, holder="two")) == 1
    # One who stood still comes back and still believes that it is its turn.
    town.say("ada", town.open("ada", "bob").id, "two")
    with pytest.raises(Unavailable):
        store.webhook_queue.number_events("one")
    assert len(numbered(store, town, holder="two")) == 2


def test_a_turn_is_kept_by_who_renews_it_and_goes_on_when_it_is_given(store: Store, clock: Clock) -> None:
    for _ in range(5):
        assert store.turns.take("work", "one", for_ms=10_000)
        clock.pass_seconds(8)
    assert not store.turns.take("work", "two", for_ms=10_000)
    store.turns.give("work", "two")
    assert not store.turns.take("work", "two", for_ms=10_000)
    store.turns.give("work", "one")
    assert store.turns.take("work", "two", for_ms=10_000)


def test_more_events_than_fit_a_transaction_keep_their_order(
    town: Town, store: Store, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imserver.store.webhook_queue.EVENTS_PER_TRANSACTION", 3)
    talks = [town.open("ada", peer).id for peer in ("bob", "cyd")]
    for talk in talks:
        town.say("ada", talk, *(str(number) for number in range(10)))
    while outbox(store):
        log = numbered(store, town)
    for talk in talks:
        assert [place for _, _, stream, place, _ in log if stream == talk] == list(range(1, 11))
    assert [number for number, *_ in log] == list(range(1, 21))
    assert store.webhook_queue.load_due() == [(town.site_id, webhook.webhook_id)]


def test_nobody_gets_back_behind_what_is_settled(town: Town, store: Store, webhook: Webhook) -> None:
    town.say("ada", town.open("ada", "bob").id, "one", "two")
    numbered(store, town)
    store.webhook_queue.settle(webhook, delivered=2)
    store.webhook_queue.settle(webhook, delivered=1)
    store.webhook_queue.put_off(webhook, due_at=10**15, failing_since=1)
    now = store.webhooks.require(town.site_id, webhook.webhook_id)
    assert (now.delivered, now.tries) == (2, 0)
    assert store.webhook_queue.load_due() == []


def test_a_new_webhook_hears_of_what_comes_after_it(town: Town, store: Store, webhook: Webhook) -> None:
    talk = town.open("ada", "bob").id
    town.say("ada", talk, "one")
    numbered(store, town)
    second = store.webhooks.insert(town.site_id, url="https://b.example/", events=ALL)
    assert second.delivered == 1
    assert store.webhook_queue.load_due() == [(town.site_id, webhook.webhook_id)]


def test_another_workers_messages_are_written_down_once_it_has_looked(
    town: Town, second_store: Store, webhook: Webhook, store: Store
) -> None:
    second_store.webhooks.refresh()
    talk = town.open("ada", "bob").id
    second_store.writer.send(town.site_id, "bob", talk, [new("from there")])
    assert len(numbered(store, town)) == 1
    store.webhooks.delete(town.site_id, webhook.webhook_id)
    second_store.webhooks.refresh()
    second_store.writer.send(town.site_id, "bob", talk, [new("nobody listens")])
    assert outbox(store) == []


def test_a_webhook_is_changed_switched_off_and_on_and_deleted(
    town: Town, store: Store, webhook: Webhook
) -> None:
    key = town.site_id, webhook.webhook_id
    store.webhook_queue.disable(webhook, "It is gone.")
    assert (store.webhooks.require(*key).enabled, store.webhooks.require(*key).reason) == (
        False,
        "It is gone.",
    )
    assert town.site_id in store.webhooks.hooked
    store.webhooks.refresh()
    assert store.webhooks.hooked == frozenset()
    changed = store.webhooks.change(*key, url="https://b.example/", events=["user.created"], enabled=True)
    assert (changed.url, changed.events, changed.enabled, changed.reason, changed.tries) == (
        "https://b.example/",
        ("user.created",),
        True,
        "",
        0,
    )
    assert changed.secret == webhook.secret
    store.webhooks.delete(*key)
    with pytest.raises(NotFound):
        store.webhooks.require(*key)


def test_a_site_has_five_webhooks_at_most_and_none_of_another_sites(town: Town, store: Store) -> None:
    for number in range(5):
        made = store.webhooks.insert(town.site_id, url=f"https://a.example/{number}", events=ALL)
    with pytest.raises(Conflict, match="at most 5"):
        store.webhooks.insert(town.site_id, url="https://a.example/6", events=ALL)
    with pytest.raises(NotFound):
        store.webhooks.insert("nowhere", url="https://a.example/", events=ALL)
    other = Town(store, town.clock)
    for act in (store.webhooks.require, store.webhooks.delete, store.webhooks.change):
        with pytest.raises(NotFound):
            act(other.site_id, made.webhook_id)  # type: ignore[operator]


def test_the_last_hundred_requests_are_remembered(
    town: Town, store: Store, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imserver.store.webhooks.POSTS_KEPT", 3)
    key = town.site_id, webhook.webhook_id
    for number in range(1, 6):
        assert store.webhooks.note_post(*key, Post(0, "events", number, number, 1, 200, "", 5, 7)) == number
    assert [post.post_number for post in store.webhooks.page_posts(*key, before=2**53, limit=10)] == [5, 4, 3]
    assert store.webhooks.require_post(*key, 4).first_number == 4
    for absent in (2, 6):
        with pytest.raises(NotFound):
            store.webhooks.require_post(*key, absent)


def test_old_events_are_forgotten(town: Town, store: Store, clock: Clock, webhook: Webhook) -> None:
    town.say("ada", town.open("ada", "bob").id, "one")
    numbered(store, town)
    clock.pass_seconds(100)
    town.say("ada", town.open("ada", "bob").id, "two")
    numbered(store, town)
    assert store.webhook_queue.trim(kept_ms=50_000) == 1
    assert [each.place for each in store.webhook_queue.read_after(town.site_id, 0, limit=9)] == [2]
    assert webhook.delivered == 0


def test_the_sites_own_bots_hear_of_newcomers_too(town: Town, store: Store, webhook: Webhook) -> None:
    store.bots.save(Person(town.site_id, "helper", "Helper"))
    assert [stream for _, _, stream, _, _ in numbered(store, town)] == ["helper"]
    assert webhook.enabled
