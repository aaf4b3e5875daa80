"""The cache: in this process or in memcached, and never the judge of anything."""

from imserver.errors import SettingsError
from imserver.store.cache.aside import Aside
from imserver.store.cache.backend import Backend
from imserver.store.cache.memory import MemoryBackend

__all__ = ["Aside", "Backend", "MemoryBackend", "open_cache"]


def open_cache(url: str) -> Backend:
    """Return the backend of ``memory:``, ``memcached://host:port[,…]`` or ``memcached:///path.sock``."""
    if url == "memory:":
        return MemoryBackend()
    scheme, _, rest = url.partition("://")
    if scheme != "memcached" or not rest:
        raise SettingsError(
            f"cache_url is {url!r}; it has to be memory: or memcached://host:port or memcached:///path"
        )
    # Imported when it is used: python-memcached binds the socket module, which has to be patched by then.
    from imserver.store.cache.memcached import MemcachedBackend

    return MemcachedBackend([f"unix:{rest}"] if rest.startswith("/") else rest.split(","))
