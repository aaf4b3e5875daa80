"""What the stress program's relays make of the bytes that pass."""

import pytest

from tests.stress.mysql_relay import is_write, statement_of


@pytest.mark.parametrize(
    ("packet", "sql"),
    [
        (b"\x07\x00\x00\x00\x03COMMIT", b"COMMIT"),
        (b"\x07\x00\x00\x01\x03COMMIT", b""),  # the second packet of a command, or of the greeting
        (b"\x01\x00\x00\x00\x0e", b""),  # a ping
        (b"\x00\x00\x00\x00", b""),
    ],
)
def test_statements_are_told_from_other_packets(packet: bytes, sql: bytes) -> None:
    assert statement_of(packet) == sql


def test_what_takes_locks_is_a_write() -> None:
    assert all(map(is_write, (b"COMMIT", b"INSERT INTO x", b"SELECT 1 FROM x FOR UPDATE")))
    assert not any(map(is_write, (b"SELECT 1", b"ROLLBACK", b"SET time_zone = '+00:00'", b"")))
