"""The demo community: pages of a host that signs its visitors in as whomever they name. Loopback only."""

import html
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Response, request

from imserver.errors import NotFound
from imserver.handlers.assets import asset_response, read_asset
from imserver.handlers.pages import fill, html_response
from imserver.handlers.wire import own_origin
from imserver.services.visitors import Visitors

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
# Whoever adds one of these stands between us and a visitor who may be anybody.
PROXY_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
DEMO_CSP = "default-src 'none'; script-src 'self'; frame-src 'self'; style-src 'self'; img-src 'self' data:"


def build_demo(visitors: Visitors, folder: Path, *, public_url: str) -> Blueprint:
    """Return the demo's routes: a page per HTML file of the folder, and what the pages show."""
    blueprint = Blueprint("demo", __name__)
    frame = (folder / "frame.html").read_text()
    pages = {path.stem: _framed(frame, path.read_text()) for path in folder.glob("*.html")}
    del pages["frame"]
    files = {
        path.name: read_asset(path)
        for path in folder.iterdir()
        if path.suffix in (".css", ".svg", ".png", ".jpg", ".webp")
    }

    @blueprint.get("/demo", defaults={"name": "home"})
    @blueprint.get("/demo/<name>")
    def page(name: str) -> Response:
        _require_loopback()
        if name in files:
            return asset_response(files[name], cache="no-cache")
        if name not in pages:
            raise NotFound
        user_id = request.args.get("user", "ada")
        visitor = visitors.require_visitor(user_id)
        values = {
            "user": quote(user_id, safe=""),
            "name": html.escape(visitor.name),
            "token": html.escape(visitor.token),
            "site": html.escape(visitor.site_id),
            "im": own_origin(public_url),
        }
        return html_response(fill(pages[name], values), csp=DEMO_CSP)

    return blueprint


def _framed(frame: str, page: str) -> str:
    """Put a page into what all have around them; its first line is its title and its place in the menu."""
    head, _, main = page.partition("\n")
    title, _, place = head.partition(" | ")
    whole = frame.replace("{{title}}", title).replace("{{main}}", main)
    return whole.replace(f">{place}</a>", f" aria-current=page>{place}</a>", 1)


def _require_loopback() -> None:
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    if host not in LOOPBACK_HOSTS or any(name in request.headers for name in PROXY_HEADERS):
        raise NotFound
