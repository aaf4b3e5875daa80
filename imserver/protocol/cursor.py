"""A cursor names the last event that a client applied: ``useq.tag``, such as ``12.9f3a01bc``."""

import re
from typing import NamedTuple, Self

from imserver.errors import InvalidCursor

_FORM = re.compile(r"(0|[1-9][0-9]{0,18})\.([0-9a-f]{8})", re.ASCII)


class Cursor(NamedTuple):
    """``useq`` counts a user's events from 1; ``tag`` is the row's 32 random bits (0 before the first)."""

    useq: int
    tag: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raise InvalidCursor for anything that ``str`` of a Cursor cannot have made."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise InvalidCursor
        return cls(int(match[1]), int(match[2], 16))

    def __str__(self) -> str:
        return f"{self.useq}.{self.tag:08x}"


START = Cursor(0, 0)
