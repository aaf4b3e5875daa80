"""The calls of API v1, by subject. A handler parses nothing, decides nothing and makes one service call."""

from imserver.handlers.calls import (
    conversations,
    events,
    files,
    groups,
    messages,
    people,
    privacy,
    search,
    sessions,
    streams,
)

__all__ = [
    "conversations",
    "events",
    "files",
    "groups",
    "messages",
    "people",
    "privacy",
    "search",
    "sessions",
    "streams",
]
