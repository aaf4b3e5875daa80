"""SQLite looks into an index for lists of keys: it reads a whole table as quietly as it finds a row."""

import re
import sqlite3
from collections import defaultdict
from pathlib import Path

import pytest

from imserver.store import open_store
from imserver.store.statements import SQLITE, load_statements, load_texts
from tests.services import make_folder

BY_KEYS = {
    name: re.search(r"\(([\w., ]+)\) IN \(%\((pairs|triples)\)s\)", sql)
    for name, sql in load_texts(SQLITE).items()
}
LISTED = sorted(name for name, found in BY_KEYS.items() if found)

# What walks a long list in its order: not one row is sorted, and none but those of the page are read.
WALKED = (
    "page_friends_online", "page_friends_online_many", "page_friends_offline", "page_friends_offline_many",
    "load_online_friends", "seek_friend", "count_friends", "count_friends_many", "count_friends_among_online",
    "page_online_many", "page_everyone_many", "page_others", "seek_online", "seek_others", "seek_everyone",
    "seek_member", "page_members",
)  # fmt: skip


@pytest.fixture(scope="module")
def path() -> str:
    path = f"{make_folder(Path('/dev/shm'))}/plans.db"
    store = open_store(store_url=f"sqlite:///{path}")
    store.migrate()
    store.close()
    return path


@pytest.mark.parametrize("name", LISTED)
def test_a_list_of_keys_is_looked_up(name: str, path: str) -> None:
    found = BY_KEYS[name]
    assert found is not None
    columns = found[1].split(",")
    key = tuple(b"0" * 16 if "client_id" in column else "a" for column in columns)
    sql, arguments = load_statements(SQLITE)[name].render(defaultdict(int, {found[2]: [key, key]}))
    with sqlite3.connect(path) as connection:
        steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", arguments)]
    assert not [step for step in steps if re.match(r"SCAN [a-z]", step)], steps
    assert max(step.count("=?") for step in steps if step.startswith("SEARCH")) >= len(columns), steps


@pytest.mark.parametrize("name", WALKED)
def test_a_long_list_is_walked_by_an_index_that_has_its_order(name: str, path: str) -> None:
    sql, arguments = load_statements(SQLITE)[name].render(defaultdict(int))
    with sqlite3.connect(path) as connection:
        steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", arguments)]
    # Behind this, it is about the rows of the page.
    walk = steps[: steps.index("SCAN chosen")] if "SCAN chosen" in steps else steps
    assert not [step for step in walk if "TEMP B-TREE" in step or re.match("SCAN [a-z]( |$)", step)], steps


# These are about a whole site, or are asked once in a while by the server itself.
WHOLE_SITES = {
    "count_everyone", "seek_everyone", "load_site", "load_site_keys", "lock_site", "set_origins", "set_rules",
    "list_sites", "list_site_keys", "list_migrations", "live_workers", "dead_workers", "orphaned_leases",
    "find_audit_head", "lock_audit_head", "move_audit_head", "load_house_rules",
    # Of the site's own server: a handful of rows, or asked for by its owner.
    "list_webhooks", "find_hooked", "find_due_webhooks", "load_webhook_head", "lock_webhook_head",
    "load_api_keys", "find_api_keys", "list_bots", "count_friend_pulls", "list_friend_pull_errors",
    "delete_own_webhook_events",
}  # fmt: skip
# Of the console: a handful of rows of a site each, and who is connected, by a covering index.
WHOLE_SITES |= {"count_connected", "list_key_ages", "list_owner_links", "list_team"}
# The bench asks a copy for every message of its site.
WHOLE_SITES |= {"list_client_ids"}
# One row of a site each, by its key; and what is counted up to a plan's limit.
WHOLE_SITES |= {
    "load_concerned_sites", "load_sites_rules", "lock_sites", "share_sites", "lock_budgets", "set_suspended",
    "list_keys_ages", "count_members", "count_people", "count_conversations", "count_roster_rows",
}  # fmt: skip
# Asked once in a while: a member is erased or taken along, a site is suspended.
WHOLE_SITES |= {
    "delete_held_in", "delete_invitations_by", "delete_own_bans", "delete_own_room_sends",
    "delete_tickets_of", "delete_walls_around", "disown_bans", "disown_pins", "disown_reports",
    "drop_site_files", "export_reaction", "export_session", "find_live_sessions", "find_roster_of",
    "find_told_of", "move_held", "move_reports", "page_own_files", "page_reacted",
}  # fmt: skip
STATEMENTS = load_statements(SQLITE)


OF_ONE_THING = [
    name
    for name in sorted(STATEMENTS.keys() - WHOLE_SITES)
    # A site goes, or is taken along.
    if not name.startswith(("erase_site_", "export_site_"))
]


@pytest.mark.parametrize("name", OF_ONE_THING)
def test_nothing_goes_through_a_whole_site(name: str, path: str) -> None:
    sql, arguments = STATEMENTS[name].render(_made_up(load_texts(SQLITE)[name]))
    with sqlite3.connect(path) as connection:
        steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", arguments)]
    assert not [step for step in steps if re.search(r"\(site_id=\?\)$|^SCAN [a-z] USING", step)], steps


def _made_up(sql: str) -> dict[str, object]:
    """Return parameters for the statement: lists of two, and numbers."""
    made: dict[str, object] = defaultdict(int)
    for found in re.finditer(r"(?:\(([\w., ]+)\) )?IN \(%\((\w+)\)s\)", sql):
        columns = found[1].split(",") if found[1] else []
        made[found[2]] = [tuple(_key(column) for column in columns)] * 2 if columns else ["a", "b"]
    for found in re.finditer(r"\(([\w\s,]+)\)\s*VALUES %\((\w+)\)s", sql):
        made[found[2]] = [tuple(0 for _ in found[1].split(","))]
    return made


def _key(column: str) -> object:
    return b"0" * 16 if "client_id" in column else "a"
