"""Calls that wait for a disk, made where they stop nobody."""

from collections.abc import Callable
from typing import Any, TypeVar

import gevent

T = TypeVar("T")


def in_thread(call: Callable[..., T], *arguments: Any) -> T:
    """Return ``call(*arguments)``, run in a native thread; what it raises is raised here.

    The thread must not touch gevent, nor log.
    """
    result: T = gevent.get_hub().threadpool.apply(call, arguments)
    return result
