"""Mail servers that insist on TLS and on a login: real ones, with certificates that are right or wrong."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from imserver.smtp import MailServer, MailServerDown
from tests.certificates import Authority
from tests.mailbox import Mailbox
from tests.services import make_folder

LOGIN = "im@club:pass/word"
AS_IM = "im%40club:pass%2Fword@"
ENCRYPTED = ("starttls", "smtps")
Start = Callable[..., Mailbox]


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.create(make_folder())


@pytest.fixture
def start() -> Iterator[Start]:
    """Give a function that starts a mail server with a certificate; it ends with the test."""
    started: list[Mailbox] = []

    def begin(scheme: str, certificate: Path | None, *, login: str = "") -> Mailbox:
        options = ["--certificate", str(certificate)] if certificate else []
        options += ["--starttls"] if scheme == "starttls" and certificate else []
        options += ["--login", login] if login else []
        started.append(Mailbox(make_folder(), options=tuple(options)))
        started[-1].start()
        return started[-1]

    yield begin
    for mailbox in started:
        mailbox.stop()


@pytest.fixture
def believed(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this machine believe the authority, as an admin does who has one."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))


def hand_over(mailbox: Mailbox, scheme: str, *, login: str = "") -> bool:
    server = MailServer.parse(f"{scheme}://{login}localhost:{mailbox.port}")
    message = b"Subject: hello\r\n\r\nYou have mail.\r\n"
    return server.send(
        sender="im@club.example", recipient="ada@club.example", message=message, before_data=lambda: True
    )


def refuse(mailbox: Mailbox, scheme: str, *, login: str = "") -> MailServerDown:
    """Return why the mail was not handed over, and nothing of it was said."""
    with pytest.raises(MailServerDown) as caught:
        hand_over(mailbox, scheme, login=login)
    assert mailbox.mails == []
    assert "pass/word" not in str(caught.value)
    return caught.value


@pytest.mark.usefixtures("believed")
@pytest.mark.parametrize("scheme", ENCRYPTED)
def test_a_mail_is_handed_over_encrypted_with_a_login(
    scheme: str, authority: Authority, start: Start
) -> None:
    mailbox = start(scheme, authority.sign("localhost"), login=LOGIN)
    assert hand_over(mailbox, scheme, login=AS_IM)
    assert [mail["Subject"] for mail in mailbox.mails] == ["hello"]
    error = refuse_again(mailbox, scheme, login="im%40club:wrong@")
    assert error.code == "login_refused"


def refuse_again(mailbox: Mailbox, scheme: str, *, login: str) -> MailServerDown:
    mailbox.forget()
    return refuse(mailbox, scheme, login=login)


@pytest.mark.parametrize("scheme", ENCRYPTED)
def test_a_certificate_of_an_unknown_authority_is_refused(
    scheme: str, authority: Authority, start: Start
) -> None:
    error = refuse(start(scheme, authority.sign("localhost")), scheme)
    assert error.code == "certificate_refused"
    assert "issuer" in str(error)


@pytest.mark.usefixtures("believed")
@pytest.mark.parametrize("scheme", ENCRYPTED)
def test_a_certificate_for_another_host_is_refused(scheme: str, authority: Authority, start: Start) -> None:
    error = refuse(start(scheme, authority.sign("mail.elsewhere.example")), scheme)
    assert error.code == "certificate_refused"
    assert "localhost" in str(error)


@pytest.mark.usefixtures("believed")
def test_a_certificate_that_is_too_old_is_refused(authority: Authority, start: Start) -> None:
    error = refuse(start("starttls", authority.sign("localhost", days_ago=9)), "starttls")
    assert error.code == "certificate_refused"
    assert "expired" in str(error)


def test_nothing_is_said_in_clear_where_encryption_was_asked_for(start: Start) -> None:
    plain = start("smtp", None)
    assert refuse(plain, "starttls", login=AS_IM).code == "not_offered"
    assert refuse(plain, "smtps", login=AS_IM).code == "tls_failed"
