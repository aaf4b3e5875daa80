"""Keys of the server API: made, shown once, refused from the moment they are retired."""

import pytest

from imserver.errors import Conflict, InvalidRequest, NotFound, WrongApiKey
from imserver.store import Store
from tests.store.town import Clock, Town


def test_a_key_opens_its_own_site(town: Town, store: Store) -> None:
    key_id, text = store.api_keys.insert(town.site_id, label="forum")
    assert text.startswith("imk_")
    key = store.api_keys.require(text)
    assert (key.site_id, key.key_id, key.label) == (town.site_id, key_id, "forum")


def test_nothing_that_is_stored_opens_anything(town: Town, store: Store) -> None:
    _, text = store.api_keys.insert(town.site_id)
    rows = store.database.read(lambda tx: tx.rows("load_api_keys", site_id=town.site_id))
    assert text not in repr(rows)
    assert text.partition(".")[2] not in repr(rows)


def test_a_retired_key_is_refused_at_once_by_every_worker(
    town: Town, store: Store, second_store: Store
) -> None:
    key_id, text = store.api_keys.insert(town.site_id)
    assert second_store.api_keys.require(text).key_id == key_id
    store.api_keys.retire(town.site_id, key_id)
    with pytest.raises(WrongApiKey):
        second_store.api_keys.require(text)
    with pytest.raises(NotFound):
        store.api_keys.retire(town.site_id, key_id)


@pytest.mark.parametrize(
    "kind", ["", "imk_", "session", "site", "cut", "changed", "prefix", "blank", "unicode"]
)
def test_what_is_no_key_is_refused(town: Town, store: Store, kind: str) -> None:
    _, text = store.api_keys.insert(town.site_id)
    other = store.sites.insert_site(name="Other", origins=()).site_id
    wrong = {
        "session": text.removeprefix("imk_"),
        "site": text.replace(town.site_id, other),
        "cut": text[:-1],
        "changed": text[:-1] + ("A" if text[-1] != "A" else "E"),
        "prefix": "imk_" + text,
        "blank": text + " ",
        "unicode": text.replace("imk_", "\u0131mk_"),
    }.get(kind, kind)
    with pytest.raises(WrongApiKey):
        store.api_keys.require(wrong)


def test_two_keys_live_at_once_and_no_third(town: Town, store: Store) -> None:
    first, _ = store.api_keys.insert(town.site_id)
    second, text = store.api_keys.insert(town.site_id)
    with pytest.raises(Conflict, match="retire one first"):
        store.api_keys.insert(town.site_id)
    store.api_keys.retire(town.site_id, first)
    assert [key.key_id for key in store.api_keys.list_keys(town.site_id)] == [second]
    assert store.api_keys.require(text).key_id == second


def test_when_a_key_was_used_is_known_to_the_minute(town: Town, store: Store, clock: Clock) -> None:
    _, text = store.api_keys.insert(town.site_id)
    used = []
    for seconds in (0, 30, 61):
        clock.pass_seconds(seconds)
        store.api_keys.require(text)
        used.append(store.api_keys.list_keys(town.site_id)[0].used_at)
    assert used == [clock() - 91_000, clock() - 91_000, clock()]


def test_a_key_needs_a_site_and_a_plain_label(town: Town, store: Store) -> None:
    with pytest.raises(NotFound):
        store.api_keys.insert("nowhere")
    for label in ("a" * 61, "two\nlines"):
        with pytest.raises(InvalidRequest):
            store.api_keys.insert(town.site_id, label=label)
    assert store.api_keys.list_keys(town.site_id) == []
