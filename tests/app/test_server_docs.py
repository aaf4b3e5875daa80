"""docs/server-api.md and docs/webhooks.md, followed literally against a running server."""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imserver.services.signing import signature
from imserver.settings import ROOT
from tests.app.receiver import Receiver, receiving
from tests.app.served import Server, serving
from tests.services import OPEN, require_program

SECRET, BODY = "whs_secret", b'{"events": [1]}'
SHELL_SECONDS = 60


def blocks(page: str, language: str) -> list[str]:
    """Return the code of a page."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Server, Receiver]]:
    with receiving() as receiver, serving(outgoing_allow_private="true") as server:
        yield server, receiver


@pytest.fixture
def words(running: tuple[Server, Receiver]) -> dict[str, str]:
    """Give what the pages' commands take from their surroundings."""
    server, receiver = running
    receiver.always(200, b'["bob"]')
    store = server.open_store()
    site_id = store.sites.insert_site(name="Club", origins=(), rules=OPEN).site_id
    _, key = store.api_keys.insert(site_id)
    hook = store.webhooks.insert(site_id, url=receiver.url, events=["user.created"])
    store.close()
    address = f"http://127.0.0.1:{server.port}"
    return {
        "IM": address,
        "KEY": key,
        "HOOK": receiver.url,
        "HOOK_ID": hook.webhook_id,
        "LISTS": receiver.url,
    }


@pytest.mark.parametrize("page", ["server-api.md", "webhooks.md"])
def test_the_commands_do_what_they_say(page: str, words: dict[str, str]) -> None:
    commands = [block for block in blocks(page, "sh") if "curl" in block]
    assert sum(block.count("curl -sf") for block in commands) >= 4
    script = "set -eu\n" + "\n".join(commands)
    # In a process of its own, so that this one goes on answering.
    done = _run(["bash", "-c", script], environ=os.environ | words)
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]


def _run(command: list[str], *, environ: dict[str, str] | None = None, text: str = "") -> Any:
    return subprocess.run(
        command, env=environ, input=text, capture_output=True, text=True, timeout=SHELL_SECONDS, check=False
    )


# -- the signature, as each language checks it


def marks() -> dict[str, tuple[str, bool]]:
    """Return headers, and whether they are right."""
    now = int(time.time())
    right = signature([SECRET.encode()], BODY, now_seconds=now)
    return {
        "right": (right, True),
        "of two secrets": (signature([b"another", SECRET.encode()], BODY, now_seconds=now), True),
        "another secret's": (signature([b"another"], BODY, now_seconds=now), False),
        "another body's": (signature([SECRET.encode()], BODY + b" ", now_seconds=now), False),
        "another time's": (right.replace(f"t={now}", f"t={now + 1}"), False),
        "old": (signature([SECRET.encode()], BODY, now_seconds=now - 301), False),
    }


def test_the_python_of_the_page_is_right() -> None:
    (code,) = blocks("webhooks.md", "python")
    names: dict[str, Any] = {}
    exec(compile(code, "webhooks.md", "exec"), names)  # noqa: S102 - a page of our own
    for name, (header, expected) in marks().items():
        assert names["is_genuine"](SECRET, header, BODY) is expected, name


def test_the_php_of_the_page_is_right() -> None:
    (code,) = blocks("webhooks.md", "php")
    for name, (header, expected) in marks().items():
        asked = json.dumps([SECRET, header, BODY.decode()])
        call = f"\necho json_encode(is_genuine(...json_decode({_php_text(asked)})));"
        assert _run([require_program("php")], text=code + call).stdout == json.dumps(expected), name


def _php_text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def test_the_javascript_of_the_page_is_right(tmp_path: Path) -> None:
    (code,) = blocks("webhooks.md", "js")
    for name, (header, expected) in marks().items():
        asked = ", ".join(json.dumps(each) for each in (SECRET, header, BODY.decode()))
        file = tmp_path / "page.mjs"
        file.write_text(f"{code}\nconsole.log(isGenuine({asked}));\n")
        assert _run([require_program("node"), str(file)]).stdout == f"{json.dumps(expected)}\n", name
