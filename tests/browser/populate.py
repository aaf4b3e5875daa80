"""Fills the store of a browser test: ``sites COUNT ORIGIN…`` prints secrets, ``friends SITE USER COUNT``."""

from gevent import monkey

monkey.patch_all()

import json  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from imserver.store import Store, open_store  # noqa: E402
from imserver.store.values import Person, SiteRules  # noqa: E402


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
    for number, member in enumerate(ids):
        store.people.save_person(Person(site_id, member, f"Member {number:05}", avatar=""))
    store.roster.add_friends(site_id, user_id, ids)
    return {}


def main(command: str, *arguments: str) -> None:
    """Run one of the two commands and print its answer."""
    store = open_store(store_url=os.environ["IM_STORE_URL"], cache_url="memory:", cache_prefix="t")
    try:
        answer = {"sites": make_sites, "friends": make_friends}[command](store, *arguments)
    finally:
        store.close()
    json.dump(answer, sys.stdout)


main(*sys.argv[1:])
