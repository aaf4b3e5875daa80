"""Fills the store of a browser test: ``sites COUNT ORIGIN…`` prints secrets; friends, crowds and talks."""

from gevent import monkey

monkey.patch_all()

import json  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from functools import partial  # noqa: E402
from pathlib import Path  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from imserver.services.suspension import Suspension  # noqa: E402
from imserver.store import Store, open_store  # noqa: E402
from imserver.store.appending import StreamEvent  # noqa: E402
from imserver.store.database import Transaction  # noqa: E402
from imserver.store.people import save_people  # noqa: E402
from imserver.store.site_rules import with_rules  # noqa: E402
from imserver.store.values import Person, SiteRules  # noqa: E402

ROWS = 1_000


def make_sites(store: Store, count: str, *origins: str) -> dict[str, str]:
    """Create sites s0, s1, …; return the secret of each."""
    secrets = {}
    # Everybody writes to everybody; the tests of requests close a club again.
    rules = SiteRules(requests=False)
    for number in range(int(count)):
        site = store.sites.insert_site(
            site_id=f"s{number}", name=f"Club {number}", origins=origins, rules=rules
        )
        secrets[site.site_id] = next(iter(site.keys.values())).decode()
    return secrets


def make_friends(store: Store, site_id: str, user_id: str, count: str) -> dict[str, str]:
    """Give ``user_id`` that many friends, named Member 00000 and so on."""
    store.people.save_person(Person(site_id, user_id, user_id.capitalize(), avatar=""))
    ids = [f"m{number:05}" for number in range(int(count))]
    for start in range(0, len(ids), ROWS):
        part = ids[start : start + ROWS]
        people = [Person(site_id, member, f"Member {member[1:]}", avatar="") for member in part]
        store.database.write(partial(save_people, people=people, now=1))
        store.roster.add_friends(site_id, user_id, part)
    return {}


def make_crowd(store: Store, site_id: str, room_name: str, count: str) -> dict[str, str]:
    """Put that many people, named Member 000000 and so on, into the room of that name."""
    numbered = f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {int(count)})"
    room = f"(SELECT conversation_id FROM rooms WHERE site_id = '{site_id}' AND name = '{room_name}')"
    site, user = f"'{site_id}'", "printf('c%06d', i)"
    name, folded = "'Member ' || printf('%06d', i)", "'member ' || printf('%06d', i)"
    rows = {
        "users (site_id, user_id, name, name_folded, avatar, url, roles, version, created_at, seen_at)": (
            f"{site}, {user}, {name}, {folded}, '', '', '[]', 1, 0, 0"
        ),
        "presence (site_id, user_id, chosen, status_text, shown, changed_at, name_folded)": (
            f"{site}, {user}, 'online', '', 'offline', 0, {folded}"
        ),
        "name_words (site_id, word, user_id)": f"{site}, {folded}, {user}",
        "participants (site_id, conversation_id, user_id)": f"{site}, {room}, {user}",
        "members (site_id, conversation_id, user_id, is_offline, name_folded)": (
            f"{site}, {room}, {user}, 1, {folded}"
        ),
    }
    counted = f"UPDATE rooms SET members = members + {int(count)} WHERE conversation_id = {room}"

    def fill(tx: Transaction) -> None:
        for into, values in rows.items():
            tx.script(f"INSERT INTO {into} {numbered} SELECT {values} FROM n")
        tx.script(counted)

    store.database.write(fill)
    return {}


def make_talk(store: Store, site_id: str, one: str, other: str, count: str) -> dict[str, str]:
    """Let two members have said ``Line 1`` and so on to each other, all of it read; nobody is told."""
    people = one, other
    for user_id in people:
        store.people.save_person(Person(site_id, user_id, user_id.capitalize(), avatar=""))
    conversation_id = store.conversations.open_direct(site_id, one, other).id
    now = int(time.time() * 1000)

    def write(tx: Transaction, _now: int) -> tuple[None, list[StreamEvent]]:
        for start in range(1, int(count) + 1, ROWS):
            seqs = range(start, min(start + ROWS, int(count) + 1))
            rows = [
                (
                    site_id,
                    conversation_id,
                    seq,
                    people[seq // 3 % 2],
                    os.urandom(16),
                    f"Line {seq}",
                    now + seq,
                )
                for seq in seqs
            ]
            tx.run("insert_messages", rows=rows)
        last = int(count)
        kind = "direct"
        tx.run("save_conversations", rows=[(site_id, conversation_id, last, now + last, kind, now)])
        tx.run("save_read_marks", rows=[(site_id, conversation_id, user, last) for user in people])
        return None, []

    store.changes.commit(write)
    return {"conversation": conversation_id}


def ask_first(store: Store, site_id: str) -> dict[str, str]:
    """Let strangers ask first on this site, as on any whose owner has not said otherwise."""
    store.sites.set_rules(site_id, SiteRules())
    return {}


def set_rules(store: Store, site_id: str, *pairs: str) -> dict[str, str]:
    """Decide what KEY=VALUE say, as the site's owner."""
    given = dict(pair.split("=", 1) for pair in pairs)
    store.sites.change_rules(site_id, lambda old: with_rules(old, given))
    return {}


def make_key(store: Store, site_id: str) -> dict[str, str]:
    """Give the site's own server a key."""
    return {"key": store.api_keys.insert(site_id)[1]}


def suspend(store: Store, site_id: str) -> dict[str, str]:
    """Take the site out of service."""
    Suspension(store).suspend(site_id)
    return {}


def main(command: str, *arguments: str) -> None:
    """Run one of the commands and print its answer."""
    store = open_store(store_url=os.environ["IM_STORE_URL"], cache_url="memory:", cache_prefix="t")
    try:
        answer = COMMANDS[command](store, *arguments)
    finally:
        store.close()
    json.dump(answer, sys.stdout)


COMMANDS = {
    "rules": set_rules,
    "suspend": suspend,
    "sites": make_sites,
    "friends": make_friends,
    "crowd": make_crowd,
    "talk": make_talk,
    "requests": ask_first,
    "key": make_key,
}
main(*sys.argv[1:])
