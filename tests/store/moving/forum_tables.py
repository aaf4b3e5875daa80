"""Other programs' tables, in a database of their own."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pymysql

FORUMS = Path(__file__).parent / "forums"


def install(url: str, name: str) -> None:
    """Make the tables and rows of ``forums/NAME.sql`` in an empty database."""
    execute(url, (FORUMS / f"{name}.sql").read_text(encoding="utf-8").partition("\n")[2])


def execute(url: str, script: str) -> None:
    """Run statements that end with a semicolon and a line break."""
    parts = urlsplit(url)
    connection: pymysql.Connection[Any] = pymysql.connect(
        unix_socket=parse_qs(parts.query)["unix_socket"][0],
        user="root",
        ssl_disabled=True,
        database=parts.path[1:],
        charset="utf8mb4",
        sql_mode="",
    )
    try:
        with connection.cursor() as cursor:
            for statement in script.split(";\n"):
                if statement.strip():
                    cursor.execute(statement)
        connection.commit()
    finally:
        connection.close()
