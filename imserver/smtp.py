"""Mail over SMTP: one message at a time, each handed over or not, and no doubt about which."""

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

# A server that says nothing for so long is down; those that look up every sender take ten seconds or so.
TIMEOUT_SECONDS = 30.0
PORTS = {"smtp": 25, "starttls": 587, "smtps": 465}
PERMANENT = 500


class MailError(Exception):
    """A message that was not handed over."""


class MailServerDown(MailError):
    """It may be handed over later: the server cannot be reached, asks to come back, or is not the right one.

    ``code`` is for the log: unreachable, asks_to_wait, certificate_refused, tls_failed, login_refused,
    not_offered (no STARTTLS, or no way to log in) or broken_off.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


class MailRefused(MailError):
    """It never will be: the server does not take it, or not for this recipient."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over. ``starttls`` and ``smtps`` insist on a certificate that is right."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str) -> "MailServer":
        """Read smtp://, starttls:// or smtps://user:password@host:port; raise ValueError otherwise."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname or parts.path not in ("", "/"):
            raise ValueError(url)
        return cls(
            parts.scheme,
            parts.hostname,
            parts.port or PORTS[parts.scheme],
            unquote(parts.username or ""),
            unquote(parts.password or ""),
        )

    def send(self, *, sender: str, recipient: str, message: bytes, before_data: Callable[[], bool]) -> bool:
        """Hand over one message; return whether that was done.

        ``before_data`` is asked when nothing but the message itself is left to say; if it says no, nothing is
        handed over. Until then a failure means that the message was not sent. Raises MailServerDown or
        MailRefused.
        """
        with _failures(), self._connect() as connection:
            if self.user:
                connection.login(self.user, self.password)
            _expect(connection.mail(sender))
            _expect(connection.rcpt(recipient))
            if not before_data():
                connection.rset()
                return False
            _expect(connection.data(message))
            return True

    def _connect(self) -> smtplib.SMTP:
        if self.scheme == "smtps":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_SECONDS, context=context)
        connection = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.ehlo_or_helo_if_needed()
            if self.scheme == "starttls":
                connection.starttls(context=ssl.create_default_context())
                connection.ehlo()
        except BaseException:
            connection.close()
            raise
        return connection


def _expect(answer: tuple[int, bytes]) -> None:
    code, text = answer
    if code >= PERMANENT:
        raise MailRefused(f"{code} {text[:200].decode(errors='replace')}")
    if not 200 <= code < 300:
        raise MailServerDown("asks_to_wait", f"{code} {text[:200].decode(errors='replace')}")


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except (smtplib.SMTPException, OSError) as error:
        raise _put_off(error) from error


def _put_off(error: Exception) -> MailServerDown:
    """Return what is wrong, without anything that was sent: a login is in what some of these would say."""
    match error:
        case ssl.SSLCertVerificationError():
            return MailServerDown("certificate_refused", error.verify_message)
        case ssl.SSLError():
            return MailServerDown("tls_failed", error.reason or type(error).__name__)
        case smtplib.SMTPAuthenticationError():
            return MailServerDown("login_refused", str(error.smtp_code))
        case smtplib.SMTPNotSupportedError():
            return MailServerDown("not_offered", str(error))
        case smtplib.SMTPException():
            return MailServerDown("broken_off", type(error).__name__)
    return MailServerDown("unreachable", type(error).__name__)
