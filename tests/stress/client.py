"""One signed-in program of a person: waits, applies, resumes from its cursor, sends from an outbox.

It trusts what the server delivers on a connection, so that a gap or a repetition is the server's finding;
what it keeps for itself is the contract of docs/api.md: apply, then save the cursor.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import gevent
from gevent.event import Event

from tests.property.oracle import Place
from tests.stress.http_wire import Address, Cut, HttpConnection, Pool
from tests.stress.ledger import Diary, Ledger, Send

START = "0.00000000"
HISTORY_PAGE = 100
# A wait that was cut this late had really been waiting, and is owed a complete answer.
PARKED_SECONDS = 1.0


class Reconnect(Exception):
    """The connection has ended in a planned way; come back after ``seconds``."""

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Crash(Exception):
    """The page broke while it applied an event, and starts again from what it has saved."""


@dataclass(slots=True)
class Route:
    """Where the server is for these clients: a row may put a proxy between."""

    address: Address


@dataclass(slots=True)
class Habits:
    """What a row lets its clients do besides waiting."""

    crash_rate: float = 0.0
    # The mutant: the cursor is saved before the event is applied.
    is_hasty: bool = False
    backoff_seconds: float = 1.0
    # After a reconnect the first poll does not wait, so that the row sees when it was served.
    looks_first: bool = False
    # It reads while this is set, through the smallest windows that the kernel allows.
    gate: Event | None = None
    is_narrow: bool = False


class Transport(Protocol):
    """How a client waits; ``wait`` returns or raises when the connection has ended."""

    def wait(self, client: "Client", /) -> None: ...
    def post(self, client: "Client", send: Send, /) -> "Posted": ...


@dataclass(frozen=True, slots=True)
class Posted:
    """The answer to a send: an HTTP status, or what a WebSocket error means."""

    status: int
    seqs: tuple[int, ...] = ()
    code: str = ""
    retry_after: float = 0.0


class Client:
    """``diary`` gets everything that it applies; ``route`` says where the server is."""

    def __init__(
        self,
        diary: Diary,
        session: str,
        *,
        transport: Transport,
        route: Route,
        ledger: Ledger,
        habits: Habits,
    ) -> None:
        self.diary = diary
        self.session = session
        self.transport = transport
        self.route = route
        self.ledger = ledger
        self.habits = habits
        self.useq, self.cursor = 0, START
        self.watch: list[str] = []
        self.mark = ""
        self.connection: HttpConnection | None = None
        self.served_at = self.left_at = 0.0
        self.resets_at: list[float] = []
        # (when, user_id, presence), of the people whom it watches.
        self.presences: list[tuple[float, str, str]] = []
        self.on_served: Callable[[Client], None] = lambda client: None
        self._greenlet: gevent.Greenlet[..., None] | None = None
        self._failures = 0

    def start(self) -> None:
        """Begin to wait; go on from the cursor that was saved."""
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """Leave without a word, as a closed laptop does."""
        if self._greenlet is not None:
            self._greenlet.kill()
            self._greenlet = None
        self.hang_up()

    def hang_up(self) -> None:
        """Close the connection; a client that runs comes back by itself."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def is_running(self) -> bool:
        return self._greenlet is not None

    def is_connected(self) -> bool:
        return self.connection is not None and self.served_at > self.left_at

    def connect(self) -> HttpConnection:
        """Return a fresh connection for waiting."""
        self.hang_up()
        self.connection = HttpConnection(
            self.route.address, gate=self.habits.gate, is_narrow=self.habits.is_narrow
        )
        return self.connection

    def served(self) -> None:
        """The server has taken the wait, or answered it."""
        self._failures = 0
        self.served_at = time.monotonic()
        self.on_served(self)

    def receive(self, event: dict[str, Any]) -> None:
        """Apply one event of the server."""
        if "cursor" not in event or "room" in event:
            self._receive_fleeting(event)
            return
        useq = int(event["cursor"].partition(".")[0])
        if useq <= self.useq:
            self.ledger.met["event known already"] += 1
            return
        breaks = random.random() < self.habits.crash_rate
        if self.habits.is_hasty:
            self.useq, self.cursor = useq, event["cursor"]
        if breaks:
            raise Crash
        self.ledger.applied(self.diary, useq, place_of(self.diary.user[0], event))
        self.useq, self.cursor = useq, event["cursor"]

    def reset(self, reason: str) -> None:
        """Throw the view away and read the state, as the contract says."""
        self.ledger.met[f"reset {reason}"] += 1
        self.resets_at.append(time.monotonic())
        pool = Pool(self.route.address)
        try:
            state = ask(pool, "/v1/state", self.session)
            shown = [
                place
                for conversation in state["conversations"]["data"]
                for place in self._history(pool, conversation["id"], conversation["last_seq"])
            ]
        finally:
            pool.close()
        self.useq, self.cursor = int(state["cursor"].partition(".")[0]), state["cursor"]
        self.ledger.restarted(self.diary, self.useq, shown)

    def _history(self, pool: Pool, conversation_id: str, last_seq: int) -> list[Place]:
        site_id = self.diary.user[0]
        places: list[Place] = []
        while len(places) < last_seq:
            path = (
                f"/v1/conversations/{conversation_id}/messages?after_seq={len(places)}&limit={HISTORY_PAGE}"
            )
            page = ask(pool, path, self.session)["data"]
            if not page:
                break
            places += [Place((site_id, conversation_id), m["seq"], m["client_id"]) for m in page]
        return places[:last_seq]

    def _receive_fleeting(self, event: dict[str, Any]) -> None:
        if event["type"] == "presence.changed":
            now = time.monotonic()
            self.presences += [(now, change["user_id"], change["presence"]) for change in event["changes"]]

    def _run(self) -> None:
        while True:
            try:
                self.transport.wait(self)
            except Reconnect as planned:
                gevent.sleep(planned.seconds)
            except Cut as cut:
                self._note_cut(cut)
                self._back_off()
            except Crash:
                self.ledger.met["page crashed"] += 1
            except (OSError, ValueError, KeyError) as error:
                self.ledger.met[f"client met {type(error).__name__}"] += 1
                self._back_off()
            finally:
                self.left_at = time.monotonic()
                self.hang_up()

    def _note_cut(self, cut: Cut) -> None:
        if cut.partial:
            self.ledger.met["cut inside an answer"] += 1
        elif cut.waited_seconds > PARKED_SECONDS:
            self.ledger.met["bare end of a wait"] += 1
        else:
            self.ledger.met["bare end at once"] += 1

    def _back_off(self) -> None:
        """Full jitter, as the widget."""
        self._failures += 1
        most = min(self.habits.backoff_seconds, 0.1 * 2**self._failures)
        gevent.sleep(random.uniform(0.0, most))


def place_of(site_id: str, event: dict[str, Any]) -> Place | None:
    """Return the message of an event, None for one that is no message."""
    if event["type"] != "message.created":
        return None
    message = event["message"]
    return Place((site_id, message["conversation_id"]), message["seq"], message["client_id"])


def ask(pool: Pool, path: str, session: str) -> Any:
    """GET something that must be there, however often it takes."""
    while True:
        answer = pool.ask("GET", path, session=session)
        if answer.status == 200:
            return answer.json()
        if answer.status < 500:
            raise ValueError(f"{path}: {answer.status}")
        gevent.sleep(random.uniform(0.1, 0.5))


def posted_by_http(pool: Pool, session: str, send: Send) -> Posted:
    """Send over HTTP; raises what a broken connection raises."""
    path = f"/v1/conversations/{send.conversation[1]}/messages"
    answer = pool.ask("POST", path, {"messages": [send.message]}, session=session, note=send.note_port)
    body = answer.json()
    if answer.status in (200, 201):
        return Posted(200, tuple(message["seq"] for message in body["messages"]))
    error = body["error"]
    return Posted(answer.status, code=error["code"], retry_after=error.get("retry_after", 0.0))
