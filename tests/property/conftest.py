"""The named statements are parsed once per run: a history opens a store at every start of a worker."""

import functools
from collections.abc import Iterator

import pytest

from imserver.store import mysql, sqlite
from imserver.store.mysql_text import MysqlStatement, load_mysql_statements
from imserver.store.statements import Dialect, Statement, load_statements

_parsed = functools.cache(load_statements)
_parsed_for_mysql = functools.cache(load_mysql_statements)


def load_copy(dialect: Dialect) -> dict[str, Statement]:
    """Return a dictionary that its owner may change."""
    return dict(_parsed(dialect))


def load_mysql_copy() -> dict[str, MysqlStatement]:
    """Return a dictionary that its owner may change."""
    return dict(_parsed_for_mysql())


@pytest.fixture(autouse=True, scope="module")
def parse_statements_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite, "load_statements", load_copy)
        patch.setattr(mysql, "load_mysql_statements", load_mysql_copy)
        yield
