"""How load tools sign their members in: with the site's own key."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from imserver.commands.load.failures import LoadError, LoadExit
from imserver.errors import ImserverError
from imserver.services.tokens import sign_token
from imserver.settings import load_settings
from imserver.store import open_store
from imserver.store.values import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteKey:
    """A live key of a site."""

    site_id: str
    kid: str
    secret: bytes

    def token(self, user_id: str, *, now_seconds: float) -> str:
        """Return a token for a member, as the host would sign it."""
        person = Person(self.site_id, user_id, f"Load {user_id}")
        return sign_token(person, keys={self.kid: self.secret}, now_seconds=now_seconds)


def read_secret(path: Path, *, site_id: str) -> SiteKey:
    """Return the key in a file of one line, ``KID SECRET``, as ``bin/im site add`` prints them."""
    try:
        words = path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise LoadError(LoadExit.USAGE, f"{path} cannot be read: {error}") from error
    if len(words) != 2:
        raise LoadError(LoadExit.USAGE, f"{path} has to hold the key's id and its secret, and nothing else")
    return SiteKey(site_id=site_id, kid=words[0], secret=words[1].encode())


def stored_key(site_id: str) -> SiteKey:
    """Return a key of the installation whose settings this process sees."""
    try:
        settings = load_settings(environ=os.environ)
        store = open_store(store_url=settings.store.url)
        try:
            found = [site for site in store.sites.list_sites() if site.site_id == site_id]
        finally:
            store.close()
    except ImserverError as error:
        raise LoadError(
            LoadExit.NO_DEMO_SITE,
            f"the key cannot be read from the store of these settings: {error} "
            "Run it with the settings of the server (IM_CONFIG, IM_STORE_URL), or give --secret-file.",
        ) from error
    if not found:
        raise LoadError(
            LoadExit.NO_DEMO_SITE,
            f"there is no site {site_id} in the store of these settings; start bin/serve with "
            "demo.enabled = on, or name another with --site and --secret-file",
        )
    kid, secret = list(found[0].keys.items())[-1]
    return SiteKey(site_id=site_id, kid=kid, secret=secret)


def tokens(key: SiteKey, count: int) -> list[tuple[str, str]]:
    """Return (user id, token) of ``count`` members."""
    now = time.time()
    names = (f"load-{number:06d}" for number in range(count))
    return [(name, key.token(name, now_seconds=now)) for name in names]
