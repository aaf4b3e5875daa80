"""All clients of one process: they sign in, connect, come back when they are dropped, and are counted."""

import json
import random
import secrets
from collections import Counter, deque
from collections.abc import Callable

import msgspec

from imserver.commands.load.calls import Calls
from imserver.commands.load.client import OFF, Client
from imserver.commands.load.desk import Transport
from imserver.commands.load.ledger import Ledger
from imserver.commands.load.loop import Loop
from imserver.commands.load.plain import code_of
from imserver.commands.load.polls import PollTransport
from imserver.commands.load.sockets import SocketTransport
from imserver.commands.load.streams import StreamTransport
from imserver.commands.load.wire import http_request

TRANSPORTS: dict[str, Callable[["Crew"], Transport]] = {
    "poll": PollTransport,
    "sse": StreamTransport,
    "ws": SocketTransport,
}
# Connections for plain calls: sign-ins, HTTP sends. As many as a server with a few workers can use.
CALLING_LINES = 64
# Clients that are between their first byte and their welcome.
ARRIVING = 512
BACK_SECONDS = (0.1, 1.0)
# A ramp in which nobody gets in is not worth finishing.
HOPELESS = 20


class Seat(msgspec.Struct, frozen=True):
    """A member as the command hands it over: a token to exchange, or a session that is open already."""

    user_id: str
    token: str = ""
    session: str = ""


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """What one process is to do; ``pairs`` are (seat, seat, conversation or nothing yet)."""

    address: str
    port: int
    host: str
    site: str
    transport: str
    seats: list[Seat]
    pairs: list[tuple[int, int, str]] = []
    addresses: list[str] = []
    room: str = ""
    is_snapshot_read: bool = True


class Crew:
    """The desk of a transport, and what a ramp and a hold do."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.host = orders.host
        self.loop = Loop((orders.address, orders.port), addresses=orders.addresses)
        self.calls = Calls(self.loop, most=CALLING_LINES)
        self.ledger = Ledger(secrets.token_hex(8).encode())
        self.clients = [
            Client(index, seat.user_id, session=seat.session) for index, seat in enumerate(orders.seats)
        ]
        self.transport = TRANSPORTS[orders.transport](self)
        self.failures: Counter[str] = Counter()
        self.drops: Counter[str] = Counter()
        self.answers = 0
        self.followed = 0
        self.signed_in = 0
        self._online: set[int] = set()
        self._arriving: set[int] = set()
        self._arrived: set[int] = set()
        self.joined_at: list[float] = []
        self.signed_in_at: list[float] = []

    @property
    def online(self) -> int:
        """How many are connected now."""
        return len(self._online)

    # -- what the transport tells

    def joined(self, client: Client) -> None:
        """The server has accepted the client's connection."""
        self._online.add(client.index)
        if client.index in self._arriving:
            self._arriving.discard(client.index)
            self._arrived.add(client.index)
            self.joined_at.append(self.loop.now)

    def left(self, client: Client, reason: str) -> None:
        """The connection ended, or the server did not accept it."""
        client.step = OFF
        if client.index in self._arriving:
            self._failed(client, f"connect:{reason}")
            return
        if client.index in self._online:
            self._online.discard(client.index)
            self.drops[reason] += 1
        self._come_back(client)

    def heard(self) -> None:
        """The server answered something that is no event."""
        self.answers += 1

    # -- the ramp

    def ramp(self, rate: float, deadline: float) -> None:
        """Bring everybody in, ``rate`` a second at most; return when all are in, or failed."""
        waiting = deque(client for client in self.clients if client.index not in self._arrived)
        begun, total = self.loop.now, len(waiting)
        while (waiting or self._arriving) and self.loop.now < deadline and not self._is_hopeless():
            due = int((self.loop.now - begun) * rate) + 1 - (total - len(waiting))
            while waiting and due > 0 and len(self._arriving) < ARRIVING:
                self._arrive(waiting.popleft())
                due -= 1
            self.loop.turn()

    def open_pairs(self, deadline: float) -> list[tuple[int, int, bytes]]:
        """Return (client, client, conversation) of those that both are in; open what is not open yet."""
        found = [(a, b, name.encode()) for a, b, name in self.orders.pairs if name]
        for a, b, name in self.orders.pairs:
            if not name and {a, b} <= self._arrived:
                self._open_pair(a, b, found)
        self.loop.run_until(lambda: not len(self.calls), deadline=deadline)
        return [pair for pair in found if {pair[0], pair[1]} <= self._arrived]

    def hold(self, deadline: float) -> None:
        """Let everybody stay until ``deadline``."""
        while self.loop.now < deadline:
            self.loop.turn(0.05)

    def open_ledger(self, pairs: list[tuple[int, int, bytes]]) -> None:
        """Begin to count afresh; what is still under way belongs to nobody."""
        self.ledger = Ledger(secrets.token_hex(8).encode(), base=self.ledger.next_base)
        for a, _, conversation_id in pairs:
            self.ledger.add_pair(conversation_id, a)

    def close(self) -> None:
        """Hang up."""
        self.loop.close()

    def _arrive(self, client: Client) -> None:
        self._arriving.add(client.index)
        if client.session:
            self._connect(client)
            return
        seat = self.orders.seats[client.index]
        body = json.dumps({"site": self.orders.site, "token": seat.token}).encode()
        request = http_request("POST", "/v1/sessions", body, host=self.host)
        self.calls.ask(request, lambda status, answer: self._signed_in(client, status, answer))

    def _signed_in(self, client: Client, status: int, answer: bytes) -> None:
        if status != 201:
            self._failed(client, f"sign_ins:{code_of(status, answer)}")
            return
        self.signed_in += 1
        self.signed_in_at.append(self.loop.now)
        client.session = json.loads(answer)["session"]
        if not self.orders.is_snapshot_read:
            self._connect(client)
            return
        request = http_request("GET", "/v1/state", host=self.host, session=client.session)
        self.calls.ask(request, lambda status, answer: self._read_state(client, status, answer))

    def _read_state(self, client: Client, status: int, answer: bytes) -> None:
        if status != 200:
            self._failed(client, f"state:{code_of(status, answer)}")
            return
        self.ledger.skip_to(client, json.loads(answer)["cursor"])
        self._connect(client)

    def _connect(self, client: Client) -> None:
        try:
            self.transport.open(client)
        except OSError:
            self._failed(client, "connect:descriptors")

    def _failed(self, client: Client, reason: str) -> None:
        self._arriving.discard(client.index)
        self.failures[reason] += 1

    def _is_hopeless(self) -> bool:
        return sum(self.failures.values()) >= HOPELESS and not self._arrived

    def _come_back(self, client: Client) -> None:
        def again() -> None:
            try:
                self.transport.open(client)
            except OSError:
                self._come_back(client)

        self.loop.call_later(random.uniform(*BACK_SECONDS), again)  # noqa: S311

    def _open_pair(self, a: int, b: int, found: list[tuple[int, int, bytes]]) -> None:
        body = json.dumps({"user_id": self.clients[b].user_id}).encode()
        session = self.clients[a].session

        def opened(status: int, answer: bytes) -> None:
            if status in (200, 201):
                found.append((a, b, json.loads(answer)["id"].encode()))
            else:
                self.failures[f"conversations:{code_of(status, answer)}"] += 1

        request = http_request("POST", "/v1/conversations", body, host=self.host, session=session)
        self.calls.ask(request, opened)
