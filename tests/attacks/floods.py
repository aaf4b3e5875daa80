"""A9: a member who sends a thousand messages a second, and strangers who come from ever new addresses."""

import json
import random
import time
from ipaddress import IPv6Address

from gevent.pool import Pool

from imserver.commands.load.processes import pss_kb
from imserver.limits import BUCKETS_KEPT
from imserver.protocol.closing import RATE
from tests.app.member import client_id
from tests.app.served import Pair, Server, Wire, meet, request_bytes
from tests.attacks.answers import Talk
from tests.attacks.attack import Attack, Report, watched
from tests.attacks.frames import frame, say_hello, shake_hands
from tests.services import wait_until

PER_MINUTE, FRAMES_PER_SECOND, SIGN_INS = 60, 100, 2
# One of three attempts is a message, up to so many; it takes very many strangers to see a table grow.
MESSAGE_SHARE = 3
MESSAGES_MOST = 5_000
SLOTS = 8
# Twice what a full table takes: an allocator keeps some of what it was given back.
TABLE_KB = 2 * BUCKETS_KEPT * 290 // 1024
# What a server that works takes more or less of from one minute to the next.
BREATH_KB = 4_096
PROXY = "127.0.0.1"


class Floods(Attack):
    """Limited within a second, whatever comes; what counts them stays small, and others are served."""

    attack_id, title = "A9", "a member's 1,000 messages a second; strangers from ever new addresses"
    full, short = 120_000, 600

    def perform(self, report: Report, *, count: int, seed: int) -> None:
        secrets: set[str] = set()
        limits = {
            "limits_messages_per_minute": PER_MINUTE,
            "limits_frames_per_second": FRAMES_PER_SECOND,
            "limits_sign_ins_per_minute": SIGN_INS,
            "server_trusted_proxies": PROXY,
        }
        with watched(report, secrets=secrets, log_requests="off", **limits) as server:
            messages = min(count // MESSAGE_SHARE, MESSAGES_MOST)
            pair = meet(server)
            secrets |= {pair.ada, pair.bob}
            passed = self._flood(report, pair, messages)
            self._flood_a_socket(report, pair, passed)
            self._crowd(report, server, count - messages, random.Random(seed))

    def _flood(self, report: Report, pair: Pair, count: int) -> int:
        """ada sends as fast as one connection goes; return how many messages there are then."""
        began, refused_at, statuses = time.monotonic(), 0.0, []
        with Wire(pair.server.port) as wire:
            for number in range(count):
                statuses.append(pair.send(f"flood {number}", wire=wire).status)
                if statuses[-1] == 429 and not refused_at:
                    refused_at = time.monotonic()
        took = time.monotonic() - began
        report.tried += count
        passed = statuses.count(200)
        most = PER_MINUTE * (1 + took / 60) + 1
        report.expect(set(statuses) == {200, 429}, "another answer", sorted(set(statuses)))
        report.expect(PER_MINUTE <= passed <= most, "more than the limit", f"{passed}, not {most:.0f}")
        stored = _last_seq(pair)
        report.expect(stored == passed, "stored more than was answered", f"{stored}, not {passed}")
        report.notes.append(
            f"{count / took:.0f} messages a second over HTTP: {passed} stored, "
            f"the first refused after {refused_at - began:.2f} s"
        )
        return stored

    def _flood_a_socket(self, report: Report, pair: Pair, before: int) -> None:
        """bob, whom ada's flood has cost nothing, sends ten seconds' worth of frames in one piece."""
        line = shake_hands(Talk(pair.server.port))
        assert say_hello(line, pair.bob, pair.cursor), "not welcomed"
        began = time.monotonic()
        line.talk.say(b"".join(frame(_send(pair, number)) for number in range(10 * FRAMES_PER_SECOND)))
        with line.talk:
            line.hear()
        took = time.monotonic() - began
        report.tried += 10 * FRAMES_PER_SECOND
        report.expect(line.code == RATE.code, "a flooding socket stays", line.code)
        wait_until(lambda: _last_seq(pair) >= before + PER_MINUTE, what="what was let through is stored")
        stored = _last_seq(pair) - before
        report.expect(stored <= PER_MINUTE + 1, "more than the limit over a socket", stored)
        report.notes.append(
            f"a socket that sent 1,000 at once was closed after {took:.2f} s, {stored} stored"
        )

    def _crowd(self, report: Report, server: Server, count: int, chance: random.Random) -> None:
        """Two sign-ins from each of ever new networks; what the worker takes half-way and at the end."""
        (worker,) = server.workers()
        seen_kb = [pss_kb(worker)]
        for part in (count // 2, count - count // 2):
            pool = Pool(SLOTS)
            for slot in range(SLOTS):
                many = part // SLOTS + (slot < part % SLOTS)
                pool.spawn(self._come, report, server, many, random.Random(chance.random()))
            pool.join(raise_error=True)
            seen_kb.append(pss_kb(worker))
        empty_kb, filled_kb, last_kb = seen_kb
        report.expect(filled_kb - empty_kb < TABLE_KB, "the tables are large", seen_kb)
        report.expect(last_kb - filled_kb < BREATH_KB, "the tables grow without end", seen_kb)
        report.notes.append(
            f"{count} sign-ins from new networks: {(filled_kb - empty_kb) / 1024:.1f} MB more after half of "
            f"them, {(last_kb - filled_kb) / 1024:.1f} MB more after the others"
        )

    def _come(self, report: Report, server: Server, count: int, chance: random.Random) -> None:
        """Once too often from each network, whatever the address in it and however many others come."""
        network = 0
        with Wire(server.port) as wire:
            for number in range(count):
                report.tried += 1
                turn = number % (SIGN_INS + 1)
                network = network if turn else chance.getrandbits(64) << 64
                wire.write(_sign_in(IPv6Address(network | chance.getrandbits(64))))
                status = wire.answer().status
                expected = 429 if turn == SIGN_INS else 404
                report.expect(status == expected, "a stranger was answered", f"{status}, not {expected}")


def _last_seq(pair: Pair) -> int:
    return int(pair.server.state(pair.bob)["conversations"]["data"][0]["last_message"]["seq"])


def _send(pair: Pair, number: int) -> bytes:
    message = {"client_id": client_id(), "text": f"flood {number}"}
    asked = {"type": "send", "id": number, "conversation_id": pair.conversation_id, "messages": [message]}
    return json.dumps(asked).encode()


def _sign_in(address: IPv6Address) -> bytes:
    data = request_bytes("POST", "/v1/sessions", {"site": "absent", "token": "a.b.c"})
    return data.replace(
        b"Host: localhost\r\n", b"Host: localhost\r\nX-Real-IP: %s\r\n" % str(address).encode()
    )
