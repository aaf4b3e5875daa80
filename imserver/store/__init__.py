"""What is true: the database, and the cache in front of it. Layer 2; knows no sockets of clients."""

from imserver.store.store import Store, open_store

__all__ = ["Store", "open_store"]
