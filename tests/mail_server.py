"""A real mail server in a process of its own: ``python tests/mail_server.py PORT FOLDER [options]``.

Each message becomes a file of FOLDER. Whoever begins with ``refused`` is refused for ever; while FOLDER has a
file named ``busy`` everybody is asked to come back. With --certificate it insists on TLS, from the first byte
or, with --starttls, after that command; with --login on USER:PASSWORD.
"""

import argparse
import asyncio
import ssl
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Keeper:
    """Keeps what it is given."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if (self._folder / "busy").exists():
            return "451 Come back later"
        if address.startswith("refused"):
            return "550 No such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        number = len(list(self._folder.glob("*.eml")))
        place = self._folder / f"{number:04}.part"
        place.write_bytes(content)
        place.rename(place.with_suffix(".eml"))
        return "250 OK"


async def serve(options: argparse.Namespace) -> None:
    context = None
    if options.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.certificate)
    asked: dict[str, Any] = {"enable_SMTPUTF8": False}
    if options.starttls:
        asked |= {"tls_context": context, "require_starttls": True}
    if options.login:
        asked |= {"authenticator": _judge(options.login), "auth_required": True}
        asked |= {"auth_require_tls": options.starttls}
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Keeper(options.folder), **asked),
        "127.0.0.1",
        options.port,
        ssl=None if options.starttls else context,
    )
    await server.serve_forever()


def _judge(right: str) -> Any:
    def authenticate(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        said = f"{data.login.decode()}:{data.password.decode()}"
        return AuthResult(success=said == right, handled=False)

    return authenticate


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--starttls", action="store_true")
    parser.add_argument("--login", default="")
    asyncio.run(serve(parser.parse_args()))
