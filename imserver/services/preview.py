"""The site behind the theme editor's preview: the real widget, among people who are made up.

It is one site of the installation, in no list of sites, so that nothing of an owner's own site is touched to
look at a colour. Everybody who edits a theme is a person of it, under an id of the account. They meet those
two and nobody else (``roster``), and leave nothing behind that another would find: no rooms, no files.
Colours are never stored here; they come with the page.
"""

from collections.abc import Callable
from hashlib import sha256

from imserver.errors import Conflict, NotFound
from imserver.protocol.types import NewMessage
from imserver.services.tokens import sign_token
from imserver.store import Store
from imserver.store.values import PREVIEW_SITE, Person, Site, SiteRules

RULES = SiteRules(guests=False, requests=False, rooms=False, uploads=False, roster="friends")
FRIENDS = (("mira", "Mira Castellan"), ("noor", "Noor Haddad"))
LINES = (
    ("mira", "Does this colour look right to you?"),
    ("", "It does. The bar matches the banner now."),
    ("mira", "Then let us keep it 🌿"),
)


class Preview:
    """Makes the site and its people when somebody looks for the first time."""

    def __init__(self, store: Store, *, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._now_ms = now_ms

    def sign(self, owner_id: str) -> str:
        """Return a token for this account's person in the preview, with a conversation to look at."""
        site = self._site()
        person = Person(PREVIEW_SITE, owner_id, "You")
        if self._store.people.save_person(person):
            self._talk(owner_id)
        return sign_token(person, keys=site.keys, now_seconds=self._now_ms() / 1000)

    def _site(self) -> Site:
        try:
            site = self._store.sites.require_site(PREVIEW_SITE)
        except NotFound:
            return self._make()
        if site.rules != RULES:
            # It was made by an earlier release, or by hand.
            self._store.sites.set_rules(PREVIEW_SITE, RULES)
        return site

    def _make(self) -> Site:
        for user_id, name in FRIENDS:
            self._store.people.save_person(Person(PREVIEW_SITE, user_id, name))
        try:
            return self._store.sites.insert_site(
                site_id=PREVIEW_SITE, name="Theme preview", origins=(), rules=RULES
            )
        except Conflict:
            return self._store.sites.require_site(PREVIEW_SITE)

    def _talk(self, owner_id: str) -> None:
        self._store.roster.add_friends(PREVIEW_SITE, owner_id, [user_id for user_id, _ in FRIENDS])
        conversation = self._store.conversations.open_direct(PREVIEW_SITE, owner_id, FRIENDS[0][0])
        for number, (sender, text) in enumerate(LINES):
            # The same ids whenever this is done, so that two who do it at once say it once.
            client_id = sha256(f"{owner_id} {number}".encode()).hexdigest()[:32]
            message = NewMessage(client_id=client_id, text=text)
            self._store.writer.send(PREVIEW_SITE, sender or owner_id, conversation.id, [message])
