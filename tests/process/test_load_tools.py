"""bin/flood and bin/spam against the real server, and against one that loses and doubles."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from imserver.settings import ROOT
from tests.app.served import Server, serving
from tests.process.fake_messenger import fake_messenger
from tests.services import OPEN, free_port, make_folder

SECRET = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a tool printed and how it ended."""

    code: int
    result: dict[str, Any]
    errors: str


def run(tool: str, *arguments: object) -> Outcome:
    """Run a tool to its end."""
    command = [sys.executable, ROOT / "bin" / f"{tool}.py", "--json", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=50)
    return Outcome(done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr)


@pytest.fixture
def secret_file() -> Path:
    path = make_folder() / "secret"
    path.write_text(f"k_1 {SECRET}\n")
    return path


def key_of(server: Server, folder: Path) -> Path:
    """Make a site on the server; return the file with its key."""
    store = server.open_store()
    site = store.sites.insert_site(site_id="club", name="A club", origins=(), rules=OPEN)
    ((kid, secret),) = site.keys.items()
    store.close()
    path = folder / "secret"
    path.write_text(f"{kid} {secret.decode()}")
    return path


@pytest.mark.parametrize("transport", ["poll", "sse", "ws"])
def test_fifty_sign_in_and_stay_and_none_of_their_messages_is_lost(transport: str) -> None:
    with serving() as server:
        options = ("--url", f"http://127.0.0.1:{server.port}", "--site", "club", "--transport", transport)
        options += ("--secret-file", str(key_of(server, server.folder)), "--users", "50")
        held = run("flood", *options, "--hold", 1)
        assert held.code == 0, held.errors
        assert (held.result["connected"], held.result["online_at_end"]) == (50, 50)
        assert (held.result["failed"], held.result["dropped_in_hold"]) == ({}, {})
        assert held.result["sign_ins_per_second"] > 0
        sent = run("spam", *options, "--rate", 20, "--seconds", 3)
        assert sent.code == 0, sent.errors
        assert 55 <= sent.result["sent"] <= 61
        for name in ("acknowledged", "delivered"):
            assert sent.result[name] == sent.result["sent"]
        for name in ("lost", "doubled", "out_of_order", "gaps", "unanswered", "skipped"):
            assert sent.result[name] == 0, name
        assert sent.result["send_to_ack"]["max_ms"] > 0
        typed = run("spam", *options, "--kind", "typing", "--rate", 20, "--seconds", 1)
        assert typed.code == 0, typed.errors
        assert typed.result["delivered"] == typed.result["sent"] > 15


@pytest.mark.parametrize("transport", ["sse", "ws"])
@pytest.mark.parametrize(("flaw", "lost", "doubled"), [("", 0, 0), ("lose", 1, 0), ("double", 0, 1)])
def test_a_server_that_loses_or_doubles_one_event_is_found_out(
    flaw: str, lost: int, doubled: int, transport: str, secret_file: Path
) -> None:
    with fake_messenger(flaw) as url:
        options = ("--url", url, "--secret-file", secret_file, "--users", 2, "--peers", 1, "--grace", 1)
        found = run("spam", *options, "--transport", transport, "--rate", 20, "--seconds", 1)
    assert found.result["sent"] >= 15, found.errors
    assert (found.result["lost"], found.result["doubled"]) == (lost, doubled)
    assert found.result["gaps"] == lost
    assert found.code == (1 if flaw else 0)


@pytest.mark.parametrize(("flaw", "lost", "doubled"), [("", 0, 0), ("lose", 1, 0), ("double", 0, 1)])
def test_typing_events_are_counted_though_they_carry_no_number(
    flaw: str, lost: int, doubled: int, secret_file: Path
) -> None:
    with fake_messenger(flaw) as url:
        options = (
            "--url",
            url,
            "--secret-file",
            secret_file,
            "--users",
            2,
            "--peers",
            1,
            "--kind",
            "typing",
            "--grace",
            1,
        )
        found = run("spam", *options, "--rate", 20, "--seconds", 1)
    assert found.result["sent"] >= 15, found.errors
    assert (found.result["lost"], found.result["doubled"]) == (lost, doubled)
    assert found.result["delivered"] == found.result["sent"] - lost
    assert found.code == (1 if flaw else 0)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--url", "http://203.0.113.7:8080"], 16, "--i-own-this-server"),
        (["--url", "https://127.0.0.1:8080"], 2, "past it"),
        (["--url", "ftp://localhost"], 2, "is not such as"),
        (["--url", "http://127.0.0.1:{free}"], 11, "does not answer"),
        (["--users", "50000", "--processes", "2"], 10, "--processes is 2"),
        (["--users", "0"], 2, "whole number"),
    ],
)
def test_a_tool_that_cannot_begin_says_why_in_one_line(arguments: list[str], code: int, words: str) -> None:
    found = run("flood", *(text.format(free=free_port()) for text in arguments))
    assert found.code == code
    assert words in found.errors.splitlines()[-1]


def test_what_the_server_limits_is_named(secret_file: Path) -> None:
    with serving(limits_sign_ins_per_minute=5, limits_messages_per_minute=5) as server:
        url = f"http://127.0.0.1:{server.port}"
        key = key_of(server, server.folder)
        options = ("--url", url, "--site", "club", "--transport", "poll")
        found = run("flood", *options, "--secret-file", key, "--users", 30, "--hold", 0.1)
        assert found.code == 14
        assert found.result["failed"]["sign_ins:rate_limited"] >= 20
        assert "limits.sign_ins_per_minute" in found.errors
        forged = run("flood", *options, "--secret-file", secret_file, "--users", 3, "--hold", 0.1)
        assert forged.code in (12, 14), forged.errors
