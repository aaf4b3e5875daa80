"""The demo community: a site and its members, who all know each other."""

from collections.abc import Sequence

from msgspec import Struct

from imserver.errors import Conflict
from imserver.services.visitors import DEMO_SITE
from imserver.store import Store
from imserver.store.values import Person


class Member(Struct, frozen=True):
    """One entry of assets/demo/members.json."""

    id: str
    name: str
    avatar: str = ""


def create_demo(store: Store, *, members: Sequence[Member]) -> bool:
    """Create the demo site with ``members``; return False if there is one already.

    The site comes last, so that one that is there is whole, however this was interrupted. It lists no
    origins: its pages are served by the messenger itself, whose origin every site trusts.
    """
    if any(site.site_id == DEMO_SITE for site in store.sites.list_sites()):
        return False
    for member in members:
        store.people.save_person(Person(DEMO_SITE, member.id, member.name, avatar=member.avatar))
    ids = {member.id for member in members}
    for member in members:
        store.roster.add_friends(DEMO_SITE, member.id, sorted(ids - {member.id}))
    try:
        store.sites.insert_site(site_id=DEMO_SITE, name="Demo community", origins=())
    except Conflict:
        return False  # another process was quicker, with the same members
    return True
