"""One small site with ada, bob and cyd, and everything that bob is told there."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gevent
from flask import Flask

from tests.app.conftest import new_host
from tests.app.member import Host, Member, engine_of
from tests.app.pushed import Device, event_in, watchers

# Long enough for what is on its way; nobody waits for it in vain.
PATIENCE_SECONDS = 20

# Sites are remembered for some seconds, and messages are indexed behind the sends: how often these ask says
# nothing of anybody.
ASKS_AS_IT_COMES = ("/v1/sessions", "/v1/search", "/v1/files")


@dataclass
class World:
    """One site with ada, bob and cyd; all that bob is told is in ``heard``."""

    app: Flask
    host: Host
    ada: Member
    bob: Member
    cyd: Member
    direct: str
    group: str
    side: str  # bob and cyd
    heard: list[str] = field(default_factory=list)
    # How bob heard of which kinds of event.
    pushed: set[tuple[str, str]] = field(default_factory=set)
    is_quiet: bool = False
    cursor: str = ""
    mark: str = ""
    count: int = 0
    waiting: Any = None
    adas: Any = None
    devices: list[Device] = field(default_factory=list)

    # -- what happens

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Let bob call; keep all that he is told, and how often the database was asked for it."""
        self.count += 1
        words = {"direct": self.direct, "group": self.group, "side": self.side}
        with counted(self.app) as asked:
            response = self.bob.call(method, path.format(**words) if "{" in path else path, body)
        headers = sorted(name for name, _ in response.headers)
        text = response.get_data(as_text=True)
        count = "" if path.startswith(ASKS_AS_IT_COMES) else f"asked {asked[0]}"
        self.heard.append(f"{method} {path} {response.status_code} {headers} {text} {count}")
        return response

    def act(self, act: Callable[["World"], object]) -> None:
        """Let ada do something, in the world in which she is there."""
        if not self.is_quiet:
            act(self)
        self._announce()

    def hear(self) -> None:
        """Keep every event that bob has been sent by now: a message of cyd's comes behind all of them."""
        self._announce()
        (last,) = self.cyd.send(self.side, "and that was that")
        while self._take() < last["seq"]:
            pass
        for device in self.devices:
            told = device.hear_until(lambda text: self._marked(event_in(text)) >= last["seq"])
            self.heard += [f"{device.kind} {text}" for text in told if not self._marked(event_in(text))]
            self.pushed |= {(device.kind, event_in(text).get("type", "")) for text in told}

    def _announce(self) -> None:
        monitor = engine_of(self.app).monitor
        monitor.note_arrivals()
        monitor.announce()

    def _marked(self, event: dict[str, Any]) -> int:
        """Return the seq of what cyd says to mark a place, 0 for anything else."""
        message = event.get("message", {})
        return int(message["seq"]) if message.get("conversation_id") == self.side else 0

    def _take(self) -> int:
        """Keep what the next answer to bob says; return how far it has him hear cyd."""
        answer = self.waiting.get(timeout=PATIENCE_SECONDS).json
        self.cursor, self.mark, heard = answer["cursor"], answer["presence"], 0
        self.wait()
        for event in answer["events"]:
            self.pushed.add(("poll", event["type"]))
            heard = self._marked(event)
            if not heard:
                self.heard.append(repr(event))
        return heard

    def wait(self) -> None:
        """Let bob wait for events, with ada and cyd on his screen."""
        self.waiting = self.bob.begin_poll(self.cursor, watch=["ada", "cyd"], presence=self.mark)

    def connect_ada(self) -> None:
        """Let ada be here, whatever others see of that."""
        if self.adas is None or self.adas.dead:
            self.adas = self.ada.begin_poll(self.ada.state()["cursor"], watch=["bob", "cyd"])

    def close(self) -> None:
        for greenlet in (self.waiting, self.adas):
            if greenlet is not None:
                greenlet.kill()
        for device in self.devices:
            device.close()

    # -- what bob was told, without what chance made of it

    def transcript(self) -> list[str]:
        """Return it with ids by the order of their coming, and without times and tags."""
        ids: dict[str, str] = {self.host.site.site_id: "SITE"}

        def name(match: re.Match[str]) -> str:
            return ids.setdefault(match[0], f"ID{len(ids)}")

        lines = []
        for line in self.heard:
            text = line.replace(self.host.site.site_id, "SITE")
            text = re.sub(r"\b[0-9a-f]{12}\.[0-9a-f]{24}\b", "MARK", text)
            text = re.sub(r"\b(\d+)\.[0-9a-f]{8}\b", r"\1.TAG", text)
            text = re.sub(r"\b1\d{12}\b", "TIME", text)
            # Until when an address of a file holds, in seconds.
            text = re.sub(r"\be=\d{10}\b", "e=TIME", text)
            lines.append(re.sub(r"[A-Za-z0-9_-]{20,}", name, text))
        return lines


class counted:
    """How many statements the greenlet that is in here has asked for; ``[count]``."""

    def __init__(self, app: Flask) -> None:
        self._database = engine_of(app).store.database
        self._count = [0]

    def __enter__(self) -> list[int]:
        me, count, database = gevent.getcurrent(), self._count, self._database
        self._before = {name: getattr(database, name) for name in ("read", "snapshot", "write")}

        def counting(run: Any) -> Any:
            def wrapped(work: Any) -> Any:
                if gevent.getcurrent() is me:
                    count[0] += 1
                return run(work)

            return wrapped

        for name, run in self._before.items():
            setattr(database, name, counting(run))
        return count

    def __exit__(self, *_error: object) -> None:
        for name in self._before:
            delattr(self._database, name)


def make_world(app: Flask, *, friends: bool) -> World:
    """Make a site where the three have talked, and bob is here; ada is not."""
    host = new_host(app)
    ada, bob, cyd = (host.visit(name, name=name.title()) for name in ("ada", "bob", "cyd"))
    if friends:
        host.befriend("ada", "bob", "cyd")
        host.befriend("bob", "ada", "cyd")
    direct, side = ada.open("bob"), cyd.open("bob")
    ada.send(direct, "hello bob")
    bob.send(direct, "hello ada")
    group = bob.ask("POST", "/v1/conversations", {"kind": "group", "name": "g", "user_ids": ["ada", "cyd"]})[
        "id"
    ]
    for member in (ada, cyd):
        member.ask("PUT", f"/v1/conversations/{group}/membership")
    cyd.send(group, "hello all")
    world = World(app, host, ada, bob, cyd, direct, group, side, cursor=bob.state()["cursor"])
    world.wait()
    world.devices += watchers(
        lambda: host.visit("bob", name="Bob"), cursor=world.cursor, watch=["ada", "cyd"]
    )
    world.hear()
    world.heard.clear()
    return world
