"""Sends from a program of their own, over connections that are kept.

What plays ten thousand clients is late itself while they come back: a turn of its loop took more than a
second and a send several turns, when the worker had answered it 0.1 s after its bytes had come.
``sending.py`` does nothing but send, at the times that it is told, and says what was answered, and when.
"""

import json
import random
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import gevent
from gevent.pool import Group

from imserver.settings import ROOT
from tests.services import require_program
from tests.stress.client import Posted, posted_by_http
from tests.stress.crowd import Crowd
from tests.stress.http_wire import Pool
from tests.stress.ledger import Ledger, Send
from tests.stress.load import RETRY_SECONDS, is_final, wait_until

PROGRAM = Path(__file__).with_name("sending.py")
READY = "ready"
# Between the plan and its first send.
LEAD_SECONDS = 1.0


class Senders:
    """The program, seen from the row; ``ledger`` is told of every send and every answer."""

    def __init__(self, crowd: Crowd, ledger: Ledger, *, kept: int) -> None:
        self._crowd = crowd
        self._ledger = ledger
        last_will = [require_program("setpriv"), "--pdeathsig", "KILL"]
        command = [*last_will, sys.executable, str(PROGRAM)]
        self._program: Any = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._tell({"address": self._crowd.pool.address, "kept": kept})
        assert self._program.stdout.readline().strip() == READY, "the senders did not come up"

    def begin(self, *, rate: float, seconds: float) -> float:
        """Let random clients send for so long; return when the first is due."""
        start = time.monotonic() + LEAD_SECONDS
        plan = [self._plan(start + number / rate) for number in range(int(rate * seconds))]
        self._tell(plan)
        return start

    def hear(self) -> None:
        """Take the answers down until each send has one."""
        for line in self._program.stdout:
            client_id, status, seq, at = json.loads(line)
            self._ledger.answered(self._ledger.sends[client_id], status, seq=seq, at=at)
            if status != 200:
                self._ledger.met[f"send refused {status}"] += 1

    def close(self) -> None:
        self._program.kill()
        self._program.wait()

    def _plan(self, due_at: float) -> dict[str, Any]:
        client = random.choice(self._crowd.clients)
        user = client.diary.user
        client_id = uuid.uuid4().hex
        send = Send(
            client_id, random.choice(self._crowd.conversations[user]), user, f"said {client_id}", due_at
        )
        self._ledger.begin(send)
        return {
            "session": client.session,
            "conversation": send.conversation,
            "client_id": client_id,
            "due_at": due_at,
        }

    def _tell(self, what: Any) -> None:
        self._program.stdin.write(json.dumps(what) + "\n")
        self._program.stdin.flush()


def main() -> None:
    """Read where to send, get ready, read what to send, and send it."""
    told = json.loads(sys.stdin.readline())
    pool = Pool(tuple(told["address"]))
    pool.keep(told["kept"])
    _say(READY)
    outboxes = Group()
    for planned in json.loads(sys.stdin.readline()):
        wait_until(planned["due_at"])
        outboxes.spawn(_deliver, pool, planned)
    outboxes.join()


def _deliver(pool: Pool, planned: dict[str, Any]) -> None:
    client_id = planned["client_id"]
    send = Send(client_id, tuple(planned["conversation"]), ("", ""), f"said {client_id}", planned["due_at"])
    while True:
        try:
            posted = posted_by_http(pool, planned["session"], send)
        except (OSError, ValueError, KeyError):
            posted = Posted(0)
        if is_final(posted):
            seq = posted.seqs[0] if posted.seqs else 0
            _say(json.dumps([client_id, posted.status, seq, time.monotonic()]))
            return
        gevent.sleep(min(posted.retry_after, 1.0) + random.uniform(*RETRY_SECONDS))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
