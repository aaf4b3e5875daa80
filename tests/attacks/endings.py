"""A19: whoever is signed out, banned, put out, blocks or goes hears nothing that is said after that."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import gevent
from gevent.event import Event
from gevent.pool import Pool

from tests.app.member import Host, client_id
from tests.app.served import Server, Wire, request_bytes
from tests.attacks.answers import HANG_SECONDS, Talk
from tests.attacks.attack import Attack, Report, watched
from tests.attacks.frames import say_hello, shake_hands
from tests.attacks.replays import new_host
from tests.services import wait_until

TRANSPORTS = ("poll", "stream", "socket")
# What has been said before the end comes, so that it comes in the middle of traffic.
SAID_BEFORE, SAID_AFTER = 5, 5
MARK = "and that was that"


@dataclass(slots=True)
class Ear:
    """One device that hears; ``texts`` are the messages in the order of their coming."""

    server: Server
    session: str
    cursor: str
    texts: list[str] = field(default_factory=list)
    ended_at: float = 0.0
    greenlet: Any = None
    opened: Event = field(default_factory=Event)

    def open(self, transport: str) -> None:
        """Begin to listen; return once the server knows of it."""
        listen = {"poll": self._poll, "stream": self._stream, "socket": self._socket}[transport]
        self.greenlet = gevent.spawn(self._listen, listen)
        assert self.opened.wait(HANG_SECONDS), "not opened"

    def close(self) -> None:
        self.greenlet.kill()

    def _listen(self, listen: Callable[[], Iterator[dict[str, Any]]]) -> None:
        for event in listen():
            if event.get("type") == "message.created" and "line" not in event["message"]:
                self.texts.append(event["message"]["text"])
        self.ended_at = time.monotonic()

    def _poll(self) -> Iterator[dict[str, Any]]:
        with Wire(self.server.port) as wire:
            self.opened.set()
            while True:
                told = wire.ask("POST", "/v1/poll", {"token": self.session, "cursor": self.cursor})
                if told.status != 200:
                    return
                self.cursor = told.json()["cursor"]
                yield from told.json()["events"]

    def _stream(self) -> Iterator[dict[str, Any]]:
        with Talk(self.server.port) as talk:
            talk.say(request_bytes("POST", "/v1/stream", {"token": self.session, "cursor": self.cursor}))
            while talk.hear_until(b"\n\n"):
                block, _, talk.heard = talk.heard.partition(b"\n\n")
                self.opened.set()
                for line in block.split(b"\n"):
                    if line.startswith(b"data: {"):
                        yield json.loads(line.removeprefix(b"data: "))

    def _socket(self) -> Iterator[dict[str, Any]]:
        with Talk(self.server.port) as talk:
            line = shake_hands(talk)
            assert say_hello(line, self.session, self.cursor), "not welcomed"
            self.opened.set()
            while line.hear(b"{"):
                yield json.loads(line.payload)


class Talker:
    """Somebody who goes on talking; the messages are the numbers from 0."""

    def __init__(self, server: Server, session: str, conversation_id: str) -> None:
        self.begun = self.answered = 0
        self._server = server
        self._session = session
        self._path = f"/v1/conversations/{conversation_id}/messages"
        self.greenlet = gevent.spawn(self._talk)

    def _talk(self) -> None:
        with Wire(self._server.port) as wire:
            while True:
                number, self.begun = self.begun, self.begun + 1
                body = {"messages": [{"client_id": client_id(), "text": str(number)}]}
                assert wire.ask("POST", self._path, body, session=self._session).status == 200
                self.answered += 1


@dataclass(slots=True)
class Scene:
    """bob hears on one device; ada talks to him, and cyd can say that all is over."""

    server: Server
    sessions: dict[str, str]
    group: str
    direct: str
    side: str

    def ask(self, who: str, method: str, path: str, body: Any = None) -> Any:
        with Wire(self.server.port) as wire:
            told = wire.ask(method, path, body, session=self.sessions[who])
        assert told.status < 300, (path, told.status, told.body)
        return told.json() if told.body else None


def set_scene(server: Server, host: Host) -> Scene:
    """Sign them in, bob on two devices, and give them a group and a conversation of two."""
    names = ("ada", "bob", "cyd")
    sessions = {name: server.sign_in(host, name) for name in names} | {
        "bobs other": server.sign_in(host, "bob")
    }
    with contextlib.closing(server.open_store()) as store:
        _, sessions["the site"] = store.api_keys.insert(host.site.site_id)
    scene = Scene(server, sessions, "", "", "")
    group = {"kind": "group", "name": "Chess", "user_ids": ["bob", "cyd"]}
    scene.group = scene.ask("ada", "POST", "/v1/conversations", group)["id"]
    for name in ("bob", "cyd"):
        scene.ask(name, "PUT", f"/v1/conversations/{scene.group}/membership")
    scene.direct = scene.ask("ada", "POST", "/v1/conversations", {"user_id": "bob"})["id"]
    scene.side = scene.ask("cyd", "POST", "/v1/conversations", {"user_id": "bob"})["id"]
    return scene


# How each ends: who does it, and what; and whether bob's device is closed by it.
ENDINGS: dict[str, tuple[str, str, str, bool]] = {
    "signed out": ("bob", "DELETE", "/v1/sessions/current", True),
    "put out": ("ada", "DELETE", "/v1/conversations/{group}/members/bob", False),
    "gone": ("bobs other", "DELETE", "/v1/conversations/{group}/membership", False),
    "blocking": ("bobs other", "PUT", "/v1/blocks/ada", False),
    "banned": ("the site", "PUT", "/server/v1/bans/bob", True),
}


class Endings(Attack):
    """The order is forced: what counts is what was begun after the end had been answered."""

    attack_id, title = (
        "A19",
        "signed out, banned, put out, gone, blocking: under traffic, over each transport",
    )
    full, short = 480, len(TRANSPORTS) * len(ENDINGS)
    at_once = 3

    def perform(self, report: Report, *, count: int, seed: int) -> None:
        secrets: set[str] = set()
        settings = {"delivery_poll_min_seconds": 2, "delivery_poll_max_seconds": 3, "log_requests": "off"}
        self._longest = 0.0
        with watched(report, secrets=secrets, **settings) as server:
            cases = [(ending, transport) for ending in ENDINGS for transport in TRANSPORTS]
            pool = Pool(self.at_once)
            for number in range(count):
                pool.spawn(self._end, report, server, *cases[number % len(cases)], secrets)
            pool.join(raise_error=True)
        report.notes.append(f"a device that was signed out was closed after {self._longest:.2f} s at most")

    def _end(self, report: Report, server: Server, ending: str, transport: str, secrets: set[str]) -> None:
        report.tried += 1
        scene = set_scene(server, new_host(server))
        secrets |= set(scene.sessions.values())
        cursor = scene.ask("bob", "GET", "/v1/state")["cursor"]
        ear = Ear(server, scene.sessions["bob"], cursor)
        ear.open(transport)
        talker = Talker(server, scene.sessions["ada"], scene.direct if ending == "blocking" else scene.group)
        try:
            wait_until(lambda: len(ear.texts) >= SAID_BEFORE, what=f"{transport}: bob hears")
            boundary = self._perform(scene, talker, ear, ending)
        finally:
            talker.greenlet.kill()
            ear.close()
        late = [text for text in ear.texts if text.isdecimal() and int(text) >= boundary]
        report.expect(not late, f"{ending}, {transport}: heard afterwards", f"{late} from {boundary} on")

    def _perform(self, scene: Scene, talker: Talker, ear: Ear, ending: str) -> int:
        """End it; return the number of the first message that was begun after that."""
        who, method, path, closes = ENDINGS[ending]
        scene.ask(who, method, path.format(group=scene.group), {} if who == "the site" else None)
        boundary, ended_at = talker.begun, time.monotonic()
        wait_until(lambda: talker.answered >= boundary + SAID_AFTER, what="ada goes on")
        if closes:
            wait_until(lambda: ear.ended_at, what="the device is closed")
            self._longest = max(self._longest, ear.ended_at - ended_at)
            return boundary
        body = {"messages": [{"client_id": client_id(), "text": MARK}]}
        scene.ask("cyd", "POST", f"/v1/conversations/{scene.side}/messages", body)
        wait_until(lambda: MARK in ear.texts, what="bob hears the end")
        return boundary
