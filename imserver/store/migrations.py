"""Numbered migrations: files that are applied once, in order, and never edited afterwards."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from imserver.errors import StoreError
from imserver.store.database import Transaction
from imserver.store.statements import SQL_FOLDER, Dialect

CREATE_TABLE = (
    "CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER NOT NULL PRIMARY KEY, "
    "name VARCHAR(64) NOT NULL, checksum VARCHAR(64) NOT NULL, applied_at BIGINT NOT NULL)"
)
_FILE_NAME = re.compile(r"(\d{4})_(\w+)\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One file. ``statements`` holds more than one only where DDL can be rolled back."""

    version: int
    name: str
    checksum: str
    statements: tuple[str, ...]

    @property
    def label(self) -> str:
        """How people name it: ``0001_sites``."""
        return f"{self.version:04d}_{self.name}"

    def is_missing(self, tx: Transaction) -> bool:
        """Tell whether it has still to be applied; raise StoreError if it was applied in another form."""
        for version, name, checksum in tx.rows("list_migrations"):
            if version == self.version and (name, checksum) != (self.name, self.checksum):
                raise StoreError(f"Migration {self.label} was edited after it had been applied as {name}.")
            if version == self.version:
                return False
        return True

    def apply(self, tx: Transaction, *, now_ms: int) -> bool:
        """Run and record it unless another process has; return whether it ran."""
        if not self.is_missing(tx):
            return False
        for statement in self.statements:
            tx.script(statement)
        tx.run("insert_migration", version=self.version, name=self.name, checksum=self.checksum, now=now_ms)
        return True


def load_table_sizes(tx: Transaction) -> dict[str, tuple[int, int]]:
    """Return (rows, bytes) of each table, as far as the database knows them without looking."""
    return {name: (int(rows or 0), int(size or 0)) for name, rows, size in tx.rows("table_sizes")}


def find_missing(tx: Transaction, steps: Sequence[Migration]) -> list[str]:
    """Return the names of the migrations that were not applied; changes nothing."""
    if "schema_migrations" not in load_table_sizes(tx):
        return [step.label for step in steps]
    return [step.label for step in steps if step.is_missing(tx)]


def load_migrations(dialect: Dialect, *, folder: Path = SQL_FOLDER / "migrations") -> list[Migration]:
    """Read the dialect's files in order; raise StoreError for a gap or a strange name."""
    found = [_load(path) for path in sorted((folder / dialect.name).glob("*.sql"))]
    if [step.version for step in found] != list(range(1, len(found) + 1)):
        raise StoreError(f"The {dialect.name} migrations are not numbered 1, 2, 3 …")
    return found


def _load(path: Path) -> Migration:
    match = _FILE_NAME.fullmatch(path.name)
    if match is None:
        raise StoreError(f"{path.name} is not named like 0001_what.sql.")
    text = path.read_text(encoding="utf-8")
    code = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    statements = tuple(part.strip() for part in code.split(";") if part.strip())
    # Comments may be improved later: they are not part of the checksum.
    checksum = hashlib.sha256(";".join(statements).encode()).hexdigest()
    return Migration(int(match[1]), match[2], checksum, statements)
