"""The mail server of the tests, and what it was given."""

import email
import email.policy
import socket
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.services import Daemon, free_port, make_folder

PROGRAM = Path(__file__).with_name("mail_server.py")


class Mailbox:
    """A running mail server."""

    def __init__(self, folder: Path, *, options: tuple[str, ...] = ()) -> None:
        self.port = free_port()
        self.url = f"smtp://127.0.0.1:{self.port}"
        self._folder = folder
        self._is_silent = "--certificate" in options and "--starttls" not in options
        command = [sys.executable, str(PROGRAM), str(self.port), str(folder), *options]
        self._daemon = Daemon("SMTP", command=command, is_ready=self._answers, log=folder / "log")

    def start(self) -> None:
        self._daemon.start()

    def stop(self) -> None:
        self._daemon.kill()

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                # One that speaks TLS from the first byte waits for us to begin.
                return self._is_silent or connection.recv(3) == b"220"
        except OSError:
            return False

    def be_busy(self, busy: bool) -> None:
        """Ask everybody to come back later, or no more."""
        place = self._folder / "busy"
        if busy:
            place.touch()
        else:
            place.unlink(missing_ok=True)

    def forget(self) -> None:
        """Throw away what it was given."""
        for path in self._folder.glob("*.eml"):
            path.unlink()

    @property
    def mails(self) -> list[EmailMessage]:
        """What it was given, the oldest first."""
        parsed = []
        for path in sorted(self._folder.glob("*.eml")):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            parsed.append(message)
        return parsed


@pytest.fixture(scope="session")
def mail_server() -> Iterator[Mailbox]:
    mailbox = Mailbox(make_folder())
    mailbox.start()
    yield mailbox
    mailbox.stop()


@pytest.fixture
def mailbox(mail_server: Mailbox) -> Iterator[Mailbox]:
    """Give the running mail server, empty; whatever a test does to it, it runs again afterwards."""
    mail_server.start()
    mail_server.be_busy(False)
    mail_server.forget()
    yield mail_server
    mail_server.start()


def body_of(message: EmailMessage, kind: str = "plain") -> str:
    """Return the text of the mail's plain or html part."""
    part = message.get_body((kind,))
    assert part is not None
    text = part.get_content()
    assert isinstance(text, str)
    return text
