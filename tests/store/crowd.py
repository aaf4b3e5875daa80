"""A room of 100,000 members, friends of one person, and how long the lists take to open and leaf through.

python -m tests.store.crowd [--members 100000] [--online 20000] [--engine sqlite|mysql]
"""

from gevent import monkey

monkey.patch_all()

import argparse  # noqa: E402 - after the patch
import statistics  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from functools import partial  # noqa: E402

from imserver.store import Store, open_store  # noqa: E402
from imserver.store.database import Transaction  # noqa: E402
from imserver.store.folding import fold  # noqa: E402
from imserver.store.friends import FriendPlace  # noqa: E402
from imserver.store.keyset import seal  # noqa: E402
from imserver.store.members import MemberPlace  # noqa: E402
from imserver.store.people import save_people  # noqa: E402
from imserver.store.roster import insert_friends  # noqa: E402
from imserver.store.values import Person, UserKey  # noqa: E402
from tests.services import MariaDB, make_folder  # noqa: E402

AT_ONCE = 1_000
VIEWER = "u000007"
ROUNDS = 15
FIRST_NAMES = ("Ada", "Bob", "Cyd", "Dan", "Eve", "Fay", "Gus", "Hal", "Ida", "Jon", "Kim", "Lea", "Max")

# All members of the room at once, as joining one by one would have listed them.
LISTED = """
INSERT INTO members (site_id, conversation_id, user_id, is_offline, name_folded)
SELECT t.site_id, t.conversation_id, t.user_id, 1 - p.listed, p.name_folded
FROM participants t JOIN presence p ON p.site_id = t.site_id AND p.user_id = t.user_id
WHERE t.site_id = '{site}' AND t.conversation_id = '{room}' AND t.user_id <> 'u000000'
"""
COUNTED = "UPDATE rooms SET members = {count} WHERE site_id = '{site}' AND conversation_id = '{room}'"


def populate(store: Store, *, members: int, online: int) -> tuple[str, str]:
    """Make a site whose people are all in one room; return both ids."""
    site = store.sites.insert_site(name="Crowd", origins=()).site_id
    ids = [f"u{number:06}" for number in range(members)]
    people = [Person(site, i, f"{FIRST_NAMES[n % 13]} {i}") for n, i in enumerate(ids)]
    for start in range(0, members, AT_ONCE):
        part = people[start : start + AT_ONCE]
        store.database.write(partial(save_people, people=part, now=1))
    room = store.groups.create_room(site, ids[0], name="Crowd")
    for start in range(1, members, AT_ONCE):
        rows = [(site, room, user_id, 1, 0, 0) for user_id in ids[start : start + AT_ONCE]]
        store.database.write(partial(_join, rows=rows))
    friendly = UserKey(site, VIEWER)
    for start in range(0, members, AT_ONCE):
        part_ids = [user_id for user_id in ids[start : start + AT_ONCE] if user_id != VIEWER]
        store.database.write(partial(insert_friends, key=friendly, friend_ids=part_ids, now=1))
    words = {"site": site, "room": room, "count": members}
    store.database.write(partial(_script, sql=LISTED.format(**words)))
    store.database.write(partial(_script, sql=COUNTED.format(**words)))
    store.presence.beat("crowd", 1)
    store.presence.arrive("crowd", [(site, user_id) for user_id in ids[:: max(1, members // online)]], now=1)
    return site, room


def _join(tx: Transaction, *, rows: list[tuple[str, str, str, int, int, int]]) -> None:
    tx.run("insert_participants", rows=rows)


def _script(tx: Transaction, *, sql: str) -> None:
    tx.script(sql)


def measure(store: Store, site: str, room: str, *, members: int) -> None:
    """Print the median and the longest of each way to look at the room, in milliseconds."""
    viewer, middle = VIEWER, f"u{members // 2:06}"
    name = fold(f"{FIRST_NAMES[members // 2 % 13]} {middle}")
    page = partial(store.members.page, site, viewer, room)
    ways: dict[str, Callable[[], object]] = {
        "open: conversation, history, members": lambda: (
            store.conversations.require_conversation(site, viewer, room),
            store.history.page(site, viewer, room),
            page(),
        ),
        "first page": page,
        "a page of 200": partial(page, limit=200),
        "a page from the middle": partial(page, cursor=seal(MemberPlace(1, name, middle))),
        "the seam of online and offline": partial(page, cursor=seal(MemberPlace(0, "max", ""))),
        "from the middle, by offset": partial(page, offset=members // 2),
        "from the end, by offset": partial(page, offset=members - 50),
        "online only": partial(page, online_only=True),
        "search, one letter": partial(page, q="a"),
        "search, one name": partial(page, q="ada u0001"),
        "state": lambda: store.state(site, viewer, 30),
        **_ways_of_contacts(store, site, members=members),
    }
    for what, look in ways.items():
        look()
        took = [_milliseconds(look) for _ in range(ROUNDS)]
        print(f"{what:40} {statistics.median(took):7.1f} {max(took):7.1f}")  # noqa: T201


def _ways_of_contacts(store: Store, site: str, *, members: int) -> dict[str, Callable[[], object]]:
    friends = partial(store.contacts.page_friends, site, VIEWER, limit=100)
    online = partial(store.contacts.page_online, site, VIEWER, limit=100)
    others = partial(store.contacts.page_others, site, VIEWER, limit=100)
    everyone = partial(store.contacts.page_everyone, site, VIEWER, limit=100)
    last_online = FriendPlace(1, "max", "")
    return {
        "friends: first page": friends,
        "friends: at the last ones online": partial(friends, cursor=seal(last_online)),
        "friends: from the middle": partial(friends, offset=members // 2),
        "friends: from the end": partial(friends, offset=members - 101),
        "friends: one letter": partial(friends, q="a"),
        "friends: one name": partial(friends, q="ada u0001"),
        "online: first page": online,
        "online: from the end": partial(online, offset=19_900),
        "online: one letter": partial(online, q="a"),
        "online and no friends": others,
        "everyone: first page": everyone,
        "everyone: from the end": partial(everyone, offset=members - 101),
        "everyone: one letter": partial(everyone, q="a"),
        "everyone: what all have": partial(everyone, q="u"),
        "friends: what all have": partial(friends, q="u"),
    }


def _milliseconds(look: Callable[[], object]) -> float:
    began = time.perf_counter()
    look()
    return (time.perf_counter() - began) * 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--online", type=int, default=20_000)
    parser.add_argument("--engine", choices=("sqlite", "mysql"), default="sqlite")
    asked = parser.parse_args()
    folder = make_folder()
    url = f"sqlite:///{folder}/crowd.db"
    if asked.engine == "mysql":
        server = MariaDB(folder)
        server.start()
        url = server.create_database()
    store = open_store(store_url=url)
    store.migrate()
    began = time.perf_counter()
    site, room = populate(store, members=asked.members, online=asked.online)
    print(f"{asked.members} members made in {time.perf_counter() - began:.0f} s; median and longest, ms")  # noqa: T201
    measure(store, site, room, members=asked.members)
    store.close()


if __name__ == "__main__":
    main()
