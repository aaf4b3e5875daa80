"""What owners change of their site; each change is a line of its audit."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from imserver.errors import InvalidRequest
from imserver.services.owners import checked_name
from imserver.store import Store
from imserver.store.site_rules import RULES, with_rules
from imserver.store.values import Site

ORIGINS_MOST = 50


class SiteChanges:
    """Callers have made sure that ``actor`` may do it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, *, name: str, origins: tuple[str, ...], actor: str) -> Site:
        """Create a site with one key; raise InvalidRequest."""
        site = self._store.sites.insert_site(name=checked_name(name), origins=origins)
        self._store.audit.append(
            site_id=site.site_id, actor=actor, act="site.created", detail={"origins": list(origins)}
        )
        return site

    def set_origins(self, site: Site, origins: tuple[str, ...], *, actor: str) -> None:
        """Replace the origins whose pages may show the widget."""
        self._store.sites.set_origins(site.site_id, origins)
        detail = {"from": list(site.origins), "to": list(origins)}
        self._store.audit.append(site_id=site.site_id, actor=actor, act="site.origins", detail=detail)

    def change_rules(self, site: Site, given: Mapping[str, str], *, actor: str) -> None:
        """Change what ``given`` says, by the keys of ``site_rules.RULES``; raise InvalidRequest."""
        self._store.sites.change_rules(site.site_id, lambda rules: with_rules(rules, given))
        wanted = with_rules(site.rules, given)
        changed = [rule.key for rule in RULES if rule.value(wanted) != rule.value(site.rules)]
        self._store.audit.append(
            site_id=site.site_id, actor=actor, act="site.rules", detail={"changed": changed}
        )

    def add_key(self, site: Site, *, actor: str) -> tuple[str, str]:
        """Add a signing key; return its id and its secret, which is shown once. Raises Conflict."""
        kid, secret = self._store.sites.add_key(site.site_id)
        self._store.audit.append(site_id=site.site_id, actor=actor, act="site.key_added", about=kid)
        return kid, secret.decode()

    def retire_key(self, site: Site, kid: str, *, actor: str) -> None:
        """Delete a signing key; raise NotFound or Conflict."""
        self._store.sites.retire_key(site.site_id, kid)
        self._store.audit.append(site_id=site.site_id, actor=actor, act="site.key_retired", about=kid)

    def add_api_key(self, site: Site, *, label: str, actor: str) -> tuple[str, str]:
        """Add an API key; return its id and the key, shown once. Raises Conflict or InvalidRequest."""
        key_id, text = self._store.api_keys.insert(site.site_id, label=label)
        self._store.audit.append(site_id=site.site_id, actor=actor, act="site.api_key_added", about=key_id)
        return key_id, text

    def retire_api_key(self, site: Site, key_id: str, *, actor: str) -> None:
        """Delete an API key; raise NotFound."""
        self._store.api_keys.retire(site.site_id, key_id)
        self._store.audit.append(site_id=site.site_id, actor=actor, act="site.api_key_retired", about=key_id)


def read_origins(text: str) -> tuple[str, ...]:
    """Return the origins that stand in ``text``, one a line; raise InvalidRequest naming the one at fault."""
    found = dict.fromkeys(read_origin(word) for word in text.split() if word.strip(","))
    if len(found) > ORIGINS_MOST:
        raise InvalidRequest(f"A site has at most {ORIGINS_MOST} origins.")
    return tuple(found)


def read_origin(text: str) -> str:
    """Return ``text`` as a browser writes an origin; raise InvalidRequest for anything else."""
    try:
        parts = urlsplit(text.strip(" ,").rstrip("/"))
        default = {"http": 80, "https": 443}.get(parts.scheme)
        port = "" if parts.port in {None, default} else f":{parts.port}"
    except ValueError:
        parts, default, port = urlsplit(""), None, ""
    extra = parts.path or parts.query or parts.fragment or "@" in parts.netloc
    if default is None or not parts.hostname or extra:
        raise InvalidRequest(f"{text[:100]} is not an origin; write it such as https://forum.example.com")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{port}"
