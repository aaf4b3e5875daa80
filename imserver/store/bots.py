"""People of a site who are programs of the site: the server API speaks as them, and as nobody else."""

from collections.abc import Callable

from imserver.errors import Conflict, NotFound
from imserver.store.audit import append
from imserver.store.database import Database, Transaction
from imserver.store.people import ChangedPeople, People, check_person, load_people, save_people
from imserver.store.sites import Sites
from imserver.store.values import Person

# The site's own voice. A host that has a member of this name would have to choose another for them.
SYSTEM_ID = "im:system"


class Bots:
    """A bot is a person with a row in ``bots``; ``users.bot`` repeats it for lists."""

    def __init__(
        self, database: Database, people: People, sites: Sites, *, now_ms: Callable[[], int]
    ) -> None:
        self._database = database
        self._people = people
        self._sites = sites
        self._now_ms = now_ms

    def save(self, person: Person, *, actor: str = "") -> None:
        """Insert or update a bot; raise Conflict for a member, InvalidRequest for what cannot be kept.

        With an ``actor`` a change is a line of the record.
        """
        check_person(person)
        self._people.forget(self._database.write(lambda tx: self._save(tx, person, actor=actor)))

    def list_ids(self, site_id: str) -> list[str]:
        """Return the ids of the site's bots."""
        return [row[0] for row in self._database.read(lambda tx: tx.rows("list_bots", site_id=site_id))]

    def require(self, site_id: str, user_id: str) -> str:
        """Return the id of a bot of the site; the site's own voice is made when it is first asked for.

        Raises NotFound for anybody else.
        """
        key = {"site_id": site_id, "user_ids": [user_id]}
        if self._database.read(lambda tx: tx.rows("find_bots", **key)):
            return user_id
        if user_id != SYSTEM_ID:
            raise NotFound("The site has no bot with this id.")
        self.save(Person(site_id, SYSTEM_ID, self._sites.require_site(site_id).name, moderator=True))
        return user_id

    def introduce(self, site_id: str, conversation_id: str, user_id: str) -> None:
        """Let a member's conversation with a bot be none that a stranger has asked for."""
        key = {"site_id": site_id, "conversation_id": conversation_id, "user_id": user_id}
        if self._database.read(lambda tx: tx.rows("find_pending", **key)):
            self._database.write(lambda tx: tx.run("accept_of_bot", **key))

    def _save(self, tx: Transaction, person: Person, *, actor: str) -> ChangedPeople:
        key = {"site_id": person.site_id, "user_ids": [person.user_id]}
        now = self._now_ms()
        if not tx.rows("find_bots", **key):
            if load_people(tx, person.site_id, [person.user_id]):
                raise Conflict("A member of the site has this id; a bot needs one of its own.")
            tx.run("insert_bot", site_id=person.site_id, user_id=person.user_id, now=now)
        saved = save_people(tx, [person], now=now)
        tx.run("mark_bot", site_id=person.site_id, user_id=person.user_id)
        if actor and saved.changed:
            site_id, bot_id = person.site_id, person.user_id
            append(tx, site_id=site_id, actor=actor, act="bot.described", about=bot_id, now=now)
        return saved
