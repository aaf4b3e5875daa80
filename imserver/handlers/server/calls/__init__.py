"""The calls of the server API, by subject; as those of API v1, each makes one service call."""

from imserver.handlers.server.calls import friends, messages, people, rights, rooms, webhooks

__all__ = ["friends", "messages", "people", "rights", "rooms", "webhooks"]
