"""Ways to break the server that the rows must notice; planted in a worker by gunicorn_stressed."""

from collections.abc import Callable
from typing import Any

Plant = Callable[[Any, Any], None]
PLANTS: dict[str, Plant] = {}


def plant(name: str, engine: Any, worker: Any) -> None:
    """Plant the mutant ``name``; KeyError when there is none."""
    PLANTS[name](engine, worker)
