"""Lists of friends that a site's own server keeps: fetched at sign-in once they are old, or when asked for.

``GET friends_url?user=ID``, signed; answered by a JSON list of ids, or 304 to the ETag of the last one. A
sign-in never waits for it, and what goes wrong is kept where the site can see it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import gevent
import msgspec

from imserver.errors import InvalidRequest, NotFound, ServiceError
from imserver.outgoing import Outgoing, OutgoingError, Reply
from imserver.services.signing import HEADER, signature
from imserver.store import Store
from imserver.store.friend_pulls import NEVER_AT, FriendPull, PullSummary
from imserver.store.site_friends import FriendsChanged
from imserver.store.values import Site, UserKey

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
LIST_BYTES = 4_194_304
FRIENDS_MOST = 100_000
PULLS_AT_ONCE = 8
PULLS_PER_LOOK = 100
ETAG_CHARACTERS = 256
# After 1, 2, 4, 8 minutes; then at the next sign-in.
RETRY_MS, TRIES = 60_000, 5
OK, NOT_MODIFIED = 200, 304


@dataclass(frozen=True, slots=True)
class Pulled:
    """How a fetch went, and what it changed."""

    pull: FriendPull
    changed: FriendsChanged


class FriendLists:
    """One worker's part: each list is fetched by whoever claims it first."""

    def __init__(
        self, store: Store, outgoing: Outgoing, *, timeout_seconds: float, now_ms: Callable[[], int]
    ) -> None:
        self._store = store
        self._outgoing = outgoing
        self._timeout_seconds = timeout_seconds
        self._now_ms = now_ms
        self._greenlet: gevent.Greenlet[..., None] | None = None

    def start(self) -> None:
        """Fetch what is due from now on."""
        self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """End; a fetch that is under way is made again by another worker, after its claim."""
        if self._greenlet is not None:
            self._greenlet.kill()

    # -- a site's setting

    def set_source(self, site_id: str, *, url: str, minutes: int) -> None:
        """Say where lists are fetched; an empty ``url`` ends it. Raises InvalidRequest."""
        if url:
            try:
                self._outgoing.check(url)
            except OutgoingError as error:
                raise InvalidRequest(str(error)) from error
            if urlsplit(url).fragment:
                raise InvalidRequest("The address has a #; what stands behind it is never sent.")
        wanted = {"friends_url": url, "friends_minutes": minutes}
        self._store.sites.change_rules(site_id, lambda old: msgspec.structs.replace(old, **wanted))

    def source(self, site_id: str) -> tuple[str, int, PullSummary]:
        """Return the address, the age in minutes, and how the lists are."""
        rules = self._store.sites.require_site(site_id).rules
        return rules.friends_url, rules.friends_minutes, self._store.friend_pulls.summary(site_id)

    # -- fetching

    def pull_now(self, site_id: str, user_id: str, *, actor: str) -> Pulled:
        """Fetch a person's list, however young it is. Raises NotFound where lists are not fetched.

        ``actor`` asked for it, for the record; what is fetched at a sign-in is nobody's act.
        """
        site = self._store.sites.require_site(site_id)
        if not site.rules.friends_url:
            raise NotFound("The site has no address of friends.")
        return self._pull(site, UserKey(site_id, user_id), actor=actor)

    def work(self) -> int:
        """Fetch what is due; return how many lists that were."""
        self._note_sign_ins()
        due = self._store.friend_pulls.claim_due(limit=PULLS_PER_LOOK)
        for start in range(0, len(due), PULLS_AT_ONCE):
            gevent.joinall(
                [gevent.spawn(self._pull_due, user) for user in due[start : start + PULLS_AT_ONCE]]
            )
        return len(due)

    def _note_sign_ins(self) -> None:
        by_site: dict[str, list[tuple[str, str]]] = {}
        for user in self._store.friend_pulls.take_noted():
            by_site.setdefault(user[0], []).append(user)
        for site_id, users in by_site.items():
            rules = self._store.sites.require_site(site_id).rules
            if rules.friends_url:
                self._store.friend_pulls.make_due(users, older_ms=rules.friends_minutes * 60_000)

    def _pull_due(self, user: UserKey) -> None:
        try:
            site = self._store.sites.require_site(user.site_id)
            if site.rules.friends_url:
                self._pull(site, user)
            else:
                self._store.friend_pulls.settle(user, FriendPull())
        except ServiceError as error:
            log.warning("a list of friends will be fetched again: %s", error.code)
        except Exception:
            log.exception("fetching a list of friends failed")

    def _pull(self, site: Site, user: UserKey, *, actor: str = "") -> Pulled:
        """Fetch, apply, and write down how it went."""
        before = self._store.friend_pulls.find(user)
        changed = FriendsChanged(0, 0)
        status = 0
        try:
            reply = self._ask(site, user, etag=before.etag)
            status = reply.status
            if status != NOT_MODIFIED:
                changed = self._store.site_friends.replace(*user, read_list(reply), actor=actor)
        except (OutgoingError, InvalidRequest) as error:
            after = self._failed(before, status, str(error))
        else:
            etag = before.etag if status == NOT_MODIFIED else reply.headers.get("etag", "")
            kept = etag if len(etag) <= ETAG_CHARACTERS and etag.isascii() else ""
            after = FriendPull(etag=kept, pulled_at=self._now_ms(), status=status)
        self._store.friend_pulls.settle(user, after)
        return Pulled(after, changed)

    def _ask(self, site: Site, user: UserKey, *, etag: str) -> Reply:
        url = site.rules.friends_url
        mark = signature(site.keys.values(), user.user_id.encode(), now_seconds=self._now_ms() // 1000)
        headers = {HEADER: mark, "Accept": "application/json"} | ({"If-None-Match": etag} if etag else {})
        return self._outgoing.request(
            "GET",
            f"{url}{'&' if urlsplit(url).query else '?'}user={quote(user.user_id, safe='')}",
            headers=headers,
            limit_bytes=LIST_BYTES,
            timeout_seconds=self._timeout_seconds,
        )

    def _failed(self, before: FriendPull, status: int, text: str) -> FriendPull:
        tries = before.tries + 1
        due_at = NEVER_AT if tries >= TRIES else self._now_ms() + (RETRY_MS << (tries - 1))
        return msgspec.structs.replace(
            before, due_at=due_at, tries=0 if due_at == NEVER_AT else tries, status=status, error=text
        )

    def _run(self) -> None:
        while True:
            gevent.sleep(LOOK_SECONDS)
            try:
                self.work()
            except ServiceError as error:
                log.warning("lists of friends will be looked at again: %s", error.code)
            except Exception:
                log.exception("lists of friends failed")


def read_list(reply: Reply) -> list[str]:
    """Return the ids of an answer; raise InvalidRequest for anything but a JSON list of them.

    Numbers are taken as ids too: languages without types send them so.
    """
    if reply.status != OK:
        raise InvalidRequest(f"The site answered with status {reply.status}.")
    try:
        ids = msgspec.json.decode(reply.body, type=list[str | int])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest("The answer is not a JSON list of ids.") from error
    if len(ids) > FRIENDS_MOST:
        raise InvalidRequest(f"The list has more than {FRIENDS_MOST} ids.")
    return [str(each) for each in ids]
