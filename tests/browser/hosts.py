"""Web pages of other people, with the one script tag in them: a static server on an origin of its own."""

import html
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import jwt

TOKEN_SECONDS = 600
PAGE = """<!doctype html>
<title>A club</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script async src="{im}/im.js" {attributes}></script>
{markup}"""


@dataclass(slots=True)
class Answer:
    """What the host says at one path."""

    body: str
    kind: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


class Host:
    """The server of the host pages; ``answers`` maps a path to what is there now."""

    def __init__(self, messenger_url: str) -> None:
        # A browser asks for it once, at the first page that it sees; a 404 would count as a complaint.
        self.answers: dict[str, Answer] = {"/favicon.ico": Answer("", kind="image/x-icon")}
        self._messenger_url = messenger_url
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        # Another site than 127.0.0.1, so that the frame is a third party's.
        self.url = f"http://localhost:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def strict_csp(self) -> str:
        """Return the narrowest policy under which the widget must work."""
        im = self._messenger_url
        return f"default-src 'none'; script-src {im}; frame-src {im}"

    def put_page(self, path: str, *, markup: str = "", csp: str = "", via: str = "", **data: str) -> str:
        """Put a page with the script tag at ``path``; ``data`` are its data- attributes, ``via`` a proxy."""
        pairs = (f'data-{name.replace("_", "-")}="{html.escape(value)}"' for name, value in data.items())
        body = PAGE.format(im=via or self._messenger_url, attributes=" ".join(pairs), markup=markup)
        self.answers[path] = Answer(body, headers={"Content-Security-Policy": csp} if csp else {})
        return self.url + path

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answers = self.answers

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer = answers.get(urlsplit(self.path).path)
                self.send_response(200 if answer else 404)
                for name, value in (answer.headers if answer else {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Type", answer.kind if answer else "text/plain")
                self.end_headers()
                self.wfile.write(answer.body.encode() if answer else b"")

            # A webhook's request is answered like a page's, once its body is read.
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.do_GET()

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@dataclass(frozen=True, slots=True)
class Club:
    """One site, and the secret that its host signs with."""

    site: str
    secret: str

    def token(self, user: str, *, seconds: float = TOKEN_SECONDS, **claims: object) -> str:
        """Return what the host would put into the page for ``user``."""
        now = time.time()
        claims = {"iss": self.site, "sub": user, "name": user.capitalize(), "exp": now + seconds, **claims}
        return jwt.encode(claims, self.secret, algorithm="HS256")
