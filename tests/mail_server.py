"""A real mail server in a process of its own: ``python tests/mail_server.py PORT FOLDER``.

Each message becomes a file of FOLDER. Whoever begins with ``refused`` is refused for ever; while FOLDER has a
file named ``busy`` everybody is asked to come back.
"""

import asyncio
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


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


async def serve(port: int, folder: Path) -> None:
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Keeper(folder), enable_SMTPUTF8=False), "127.0.0.1", port
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
