"""The live checker: fetches the owner's page and token, and says what is wrong, by cause."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from imserver.errors import InvalidRequest
from imserver.limits import Bucket
from imserver.outgoing import Outgoing, OutgoingError, Reply
from imserver.services.findings import BAD, GOOD, WARN, Finding
from imserver.services.page_findings import Page, check_page, find_tag, joined
from imserver.services.token_findings import check_token
from imserver.store.values import Site

PAGE_BYTES = 2_097_152
TOKEN_BYTES = 65_536
FETCH_SECONDS = 8.0
REDIRECTS = 3
HEADERS = {"Accept": "text/html,*/*", "Accept-Language": "en"}
MOVED = frozenset({301, 302, 303, 307, 308})
ADDRESS_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the owner gave: a page's address, its source if it is not for everybody, a token."""

    address: str = ""
    source: str = ""
    token: str = ""


class Checker:
    """``visits`` bounds how often somebody may have us ask other servers."""

    def __init__(
        self, outgoing: Outgoing, *, visits: Bucket, skew_seconds: float, now_ms: Callable[[], int]
    ) -> None:
        self._outgoing = outgoing
        self._visits = visits
        self._skew_seconds = skew_seconds
        self._now_ms = now_ms

    def check(self, site: Site, wanted: Wanted, *, base_url: str) -> list[Finding]:
        """Return what is wrong, causes first, else what is right; raise InvalidRequest or RateLimited."""
        if not (wanted.address or wanted.source or wanted.token):
            raise InvalidRequest("Give the address of a page with the tag, or a token, or both.")
        found = _site(site)
        token = wanted.token
        if wanted.address or wanted.source:
            page = self._page(site, wanted, found)
            if page is not None:
                found += check_page(page, site, base_url=base_url)
                token = token or self._token_of(site, page, found)
        if token:
            found += check_token(
                token, site, now_seconds=self._now_ms() / 1000, skew_seconds=self._skew_seconds
            )
        wrong = [one for one in found if one.kind != GOOD]
        return sorted(wrong, key=lambda one: one.kind != BAD) or found

    def _page(self, site: Site, wanted: Wanted, found: list[Finding]) -> Page | None:
        if wanted.source:
            return Page(address=wanted.address or next(iter(site.origins), ""), html=wanted.source)
        self._visits.take(site.site_id)
        try:
            address, reply = self._fetch(wanted.address)
        except OutgoingError as error:
            found.append(
                Finding(
                    code="page_unreachable",
                    text=f"The page could not be fetched: {error}",
                    todo="Open it in a private window. If it is on a network of your own, paste its source.",
                )
            )
            return None
        if reply.status != 200:
            found.append(
                Finding(
                    code="page_status",
                    text=f"The page answers {reply.status} to somebody without an account.",
                    todo="Give the address of a page that everybody may see, or paste its source below.",
                )
            )
            return None
        policy = reply.headers.get("content-security-policy", "")
        # Several headers come joined by commas, which a policy itself cannot hold.
        policies = [part for part in policy.split(",") if part.strip()]
        return Page(address=address, html=reply.body.decode("utf-8", "replace"), policies=policies)

    def _fetch(self, address: str) -> tuple[str, Reply]:
        """Return the address in the end, and its answer; each redirect is judged as the first address was."""
        if len(address) > ADDRESS_CHARACTERS:
            raise InvalidRequest("This is longer than an address.")
        for _ in range(REDIRECTS + 1):
            reply = self._outgoing.request(
                "GET", address, headers=HEADERS, limit_bytes=PAGE_BYTES, timeout_seconds=FETCH_SECONDS
            )
            where = reply.headers.get("location", "")
            if reply.status not in MOVED or not where:
                break
            address = joined(address, where)
        return address, reply

    def _token_of(self, site: Site, page: Page, found: list[Finding]) -> str:
        tag = find_tag(page)
        if tag is None:
            return ""
        if tag.data.get("token"):
            return tag.data["token"]
        if not tag.data.get("token-url"):
            found.append(
                Finding(
                    code="token_missing",
                    text="The tag has neither data-token nor data-token-url, so nobody is signed in.",
                    todo="For members, give it a token; for visitors without an account this is right.",
                    kind=WARN,
                )
            )
            return ""
        return self._token_at(site, joined(page.address, tag.data["token-url"]), found)

    def _token_at(self, site: Site, address: str, found: list[Finding]) -> str:
        self._visits.take(site.site_id)
        try:
            reply = self._outgoing.request(
                "GET", address, headers=HEADERS, limit_bytes=TOKEN_BYTES, timeout_seconds=FETCH_SECONDS
            )
        except OutgoingError as error:
            text = f"data-token-url could not be asked: {error}"
            found.append(Finding(code="token_url", text=text, todo="Open that address yourself, signed in."))
            return ""
        if reply.status in (401, 403):
            # As it should be: we have no account there.
            return ""
        token = _token_in(reply) if reply.status == 200 else ""
        if not token:
            found.append(
                Finding(
                    code="token_url",
                    text=f"data-token-url ({urlsplit(address).path[:80]}) answers {reply.status}, no token.",
                    todo='It answers {"token": "…"} as JSON to a signed-in member, and 401 to anybody else.',
                )
            )
        return token


def check_proxy(*, is_named: bool, is_trusted: bool, peer: str) -> list[Finding]:
    """Return whether a proxy names its visitors, and is not believed."""
    if not is_named or is_trusted:
        return []
    return [
        Finding(
            code="proxy_untrusted",
            text=f"A proxy ({peer}) says whom it speaks for, and is not believed: everybody seems to have "
            "its address, so limits per address hit all at once.",
            todo=f'Set server.trusted_proxies = ["{peer}"], if that proxy is yours.',
            kind=WARN,
        )
    ]


def _site(site: Site) -> list[Finding]:
    if not site.suspended:
        return []
    return [
        Finding(
            code="site_suspended",
            text="This site is suspended: nobody can sign in.",
            todo="Ask the admin of this installation.",
        )
    ]


def _token_in(reply: Reply) -> str:
    try:
        value = json.loads(reply.body)
    except ValueError:
        return ""
    token = value.get("token") if isinstance(value, dict) else None
    return token if isinstance(token, str) else ""
