"""The demo's visitors, whom the server itself signs in as the member they name."""

from collections.abc import Callable
from dataclasses import dataclass

from imserver.services.tokens import sign_token
from imserver.store import Store

DEMO_SITE = "demo"


@dataclass(frozen=True, slots=True)
class Visitor:
    """What a demo page shows of its visitor, and the token that its script tag carries."""

    site_id: str
    name: str
    token: str


class Visitors:
    """Signs as the host of the demo site would."""

    def __init__(self, store: Store, *, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._now_ms = now_ms

    def require_visitor(self, user_id: str) -> Visitor:
        """Raise NotFound for somebody who is not a member, and when there is no demo site."""
        site = self._store.sites.require_site(DEMO_SITE)
        person = self._store.people.require_person(DEMO_SITE, user_id)
        token = sign_token(person, keys=site.keys, now_seconds=self._now_ms() / 1000)
        return Visitor(DEMO_SITE, person.name, token)
