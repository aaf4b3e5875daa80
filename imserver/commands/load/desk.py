"""What transports and the crew that uses them know of each other."""

from typing import Protocol

from imserver.commands.load.calls import Calls
from imserver.commands.load.client import Client
from imserver.commands.load.ledger import Ledger
from imserver.commands.load.loop import Loop

# A message of a sentence: what the peers in docs/figures.md were measured with.
MESSAGE_TEXT = b"A sentence of sixty characters, as people write to each other"
# What cannot be answered now is asked again after this.
RETRY_SECONDS = 0.5


class Desk(Protocol):
    """What a transport is given, and whom it tells."""

    host: str
    loop: Loop
    calls: Calls
    ledger: Ledger
    followed: int

    def joined(self, client: Client) -> None:
        """The server has accepted the client's connection."""

    def left(self, client: Client, reason: str) -> None:
        """The connection ended, or the server did not accept it."""

    def heard(self) -> None:
        """The server answered something that is no event: counted as an answer."""


class Transport(Protocol):
    """How a process's clients are connected. One object serves all of them."""

    def open(self, client: Client) -> None:
        """Connect; the desk hears ``joined`` or ``left``. Raises OSError without a descriptor."""

    def send(self, client: Client, conversation_id: bytes, serial: int) -> None:
        """Send the message of ``serial``."""

    def type(self, client: Client, conversation_id: bytes, *, started: bool) -> None:
        """Send a typing event."""

    def follow(self, client: Client, conversation_id: bytes) -> None:
        """Hear a room from now on."""
