"""Look-ups whose rows MySQL joins to one text, which is cut in one go.

Why: a row by itself costs the server a packet, and us a loop over its columns, 0.3 us each; a commit reads
six short rows for every message. The plain statement of the same name stays the one that says what is asked,
and is asked where an id holds the separator.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from imserver.store.database import Row
from imserver.store.mysql_rows import as_text
from imserver.store.mysql_text import Literals, MysqlStatement

# In the texts of sql/queries/mysql/packed.sql as x'00'. Hardly anybody's id has it.
SEPARATOR = "\0"
_SUFFIX = "_packed"
_Kind = type[str] | type[int]
# The columns of each.
PACKED: Mapping[str, tuple[_Kind, ...]] = {
    "lock_conversations": (str, str, int, str),
    "load_participants": (str, str, str, int, int),
    "lock_standings": (str, str, int),
    "lock_streams": (str, str, int, int, int),
    "load_heads": (str, str, int, int, int),
}


class Packed(NamedTuple):
    """How the rows of one statement are asked for together."""

    statement: MysqlStatement
    kinds: tuple[_Kind, ...]

    def write(self, parameters: Mapping[str, Any], literals: Literals) -> str:
        """Return the SQL with its values."""
        return self.statement.write(parameters, literals)

    def unpack(self, rows: list[Row]) -> list[Row] | None:
        """Return the rows; None when one of their values holds the separator, or not all are there."""
        ((count, text),) = rows
        if not count:
            return []
        parts = as_text(text).split(SEPARATOR)
        width = len(self.kinds)
        if len(parts) != count * width:
            return None
        columns = [
            parts[n::width] if kind is str else map(int, parts[n::width]) for n, kind in enumerate(self.kinds)
        ]
        return list(zip(*columns, strict=True))


def find_packed(statements: Mapping[str, MysqlStatement]) -> dict[str, Packed]:
    """Return how the statements are packed that can be, by name."""
    return {name: Packed(statements[name + _SUFFIX], kinds) for name, kinds in PACKED.items()}
