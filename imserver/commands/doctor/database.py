"""The database: reached, durable, large enough, and with a clock like ours."""

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pymysql

from imserver.commands.doctor.conffiles import Wanted, read_assignments
from imserver.commands.doctor.findings import Finding, Verdict, judge
from imserver.settings import Settings

# An admin waits for the whole in a few seconds, whatever is away.
ANSWER_SECONDS = 2
# Tokens are judged by our clock, rows are kept by it; a second is nothing, ten are a wrong clock.
CLOCK_SECONDS = 2.0
# What is open besides the workers: people, backups, monitoring.
SPARE_CONNECTIONS = 10
CNF_LINE = "cp conf/my.cnf /etc/mysql/conf.d/imserver.cnf && systemctl restart mariadb"
# Of conf/my.cnf: what has to be so, and what is a capacity; the value says what it costs to differ.
EXACT = {"innodb_flush_log_at_trx_commit": Verdict.WRONG, "innodb_doublewrite": Verdict.BETTER}
CAPACITIES = {"max_allowed_packet": Verdict.WRONG, "innodb_buffer_pool_size": Verdict.BETTER}
_FACTORS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_WORDS = {"ON": "1", "OFF": "0"}

Variables = Mapping[str, str]


def look_at_database(settings: Settings, *, conf: Path) -> Iterator[Finding]:
    """Yield what is to be said of ``store.url``."""
    parts = urlsplit(settings.store.url)
    if parts.scheme == "sqlite":
        yield _sqlite(Path(unquote(parts.path[1:])).absolute())
        return
    try:
        variables, clock = _ask(settings.store.url)
    except (pymysql.Error, OSError) as error:
        yield _unreachable(error)
        return
    yield Finding(name="database", verdict=Verdict.FINE, found=f"answers, version {variables['version']}")
    for wanted in read_assignments(conf / "my.cnf"):
        if wanted.key in EXACT | CAPACITIES:
            yield _variable(wanted, variables)
    yield _binary_log(variables)
    yield _connections(settings, variables)
    yield _clock(clock - time.time())


def _ask(url: str) -> tuple[Variables, float]:
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    connection = pymysql.connect(
        host=parts.hostname or "localhost",
        port=parts.port or 3306,
        unix_socket=query["unix_socket"][0] if "unix_socket" in query else None,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=parts.path[1:],
        connect_timeout=ANSWER_SECONDS,
        read_timeout=ANSWER_SECONDS,
        write_timeout=ANSWER_SECONDS,
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW GLOBAL VARIABLES")
            variables: dict[str, Any] = dict(cursor.fetchall())
            cursor.execute("SELECT UNIX_TIMESTAMP(NOW(3))")
            row = cursor.fetchone()
    finally:
        connection.close()
    return variables, float(row[0]) if row else 0.0


def _unreachable(error: Exception) -> Finding:
    return Finding(
        name="database",
        verdict=Verdict.WRONG,
        found=f"cannot be used: {error.args[-1] if error.args else error}",
        wanted="an answer within two seconds",
        reason="It holds everything; without it sends are answered 503.",
        remedy="bin/up, or: systemctl status mariadb; the address is store.url",
    )


def _sqlite(path: Path) -> Finding:
    folder = path.parent
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    is_writable = os.access(path if path.exists() else existing, os.W_OK) and os.access(
        existing, os.W_OK | os.X_OK
    )
    return Finding(
        name="database",
        verdict=judge(is_writable, Verdict.WRONG),
        found=f"SQLite in {path}, {'' if is_writable else 'not '}writable",
        wanted="a file and a folder that this account may write to",
        reason="SQLite makes files beside its own at every start.",
        remedy=f"chown -R $(id -un) {folder}",
    )


def _variable(wanted: Wanted, variables: Variables) -> Finding:
    found, value = variables.get(wanted.key, ""), _size(wanted.value)
    is_exact = wanted.key in EXACT
    is_fine = _size(found) == value if is_exact else _size(found) >= value
    return Finding(
        name=wanted.key,
        verdict=judge(is_fine, (EXACT | CAPACITIES)[wanted.key]),
        found=found or "unknown to this server",
        wanted=f"{'' if is_exact else 'at least '}{wanted.value}",
        reason=wanted.reason,
        remedy=CNF_LINE,
    )


def _binary_log(variables: Variables) -> Finding:
    if _size(variables.get("log_bin", "OFF")) == 0:
        return Finding(name="binary log", verdict=Verdict.FINE, found="off")
    form, flush = variables.get("binlog_format", "ROW"), variables.get("sync_binlog", "0")
    lags = judge(flush == "1", Verdict.BETTER)
    return Finding(
        name="binary log",
        verdict=Verdict.WRONG if form == "STATEMENT" else lags,
        found=f"binlog_format = {form}, sync_binlog = {flush}",
        wanted="binlog_format = ROW (or MIXED) and sync_binlog = 1",
        reason="The writer commits at READ COMMITTED, which a log of statements refuses; and without a flush "
        "a replica may lack what was answered before a crash.",
        remedy='mariadb -e "SET GLOBAL binlog_format = ROW, GLOBAL sync_binlog = 1"; to stay: conf/my.cnf',
    )


def _connections(settings: Settings, variables: Variables) -> Finding:
    workers = settings.server.workers * settings.store.pool_size
    wanted = 2 * workers + SPARE_CONNECTIONS
    most = _size(variables.get("max_connections", "0"))
    roomy = judge(most >= wanted, Verdict.BETTER)
    return Finding(
        name="connections of the database",
        verdict=roomy if most >= workers + SPARE_CONNECTIONS else Verdict.WRONG,
        found=f"max_connections = {most}",
        wanted=f"at least {wanted}",
        reason="server.workers x store.pool_size, twice during a reload, and room for people.",
        remedy=f'mariadb -e "SET GLOBAL max_connections = {wanted}"; to stay: conf/my.cnf',
    )


def _clock(ahead_seconds: float) -> Finding:
    return Finding(
        name="clock",
        verdict=judge(abs(ahead_seconds) <= CLOCK_SECONDS, Verdict.WRONG),
        found=f"the database's is {ahead_seconds:+.1f} s from ours",
        wanted=f"within {CLOCK_SECONDS:g} s",
        reason="Tokens of the host's pages are judged by our clock, presence by those of all boxes.",
        remedy="timedatectl set-ntp true",
    )


def _size(text: str) -> int:
    """Return ``16M``, ``ON`` or ``200`` as a number; -1 for what is none."""
    text = _WORDS.get(text.upper(), text)
    number, factor = (text[:-1], _FACTORS[text[-1]]) if text[-1:] in _FACTORS else (text, 1)
    return int(number) * factor if number.isdigit() else -1
