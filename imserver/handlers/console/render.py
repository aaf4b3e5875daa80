"""Templates to answers, with the console's headers."""

from pathlib import Path
from typing import Any

from flask import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from imserver.handlers.assets import AssetTree
from imserver.handlers.console.formats import FILTERS

# Nothing inline, nothing from elsewhere, and nobody may show the console in a frame.
_PARTS = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self' {sockets}; form-action 'self'; base-uri 'none'; "
)
_TYPES = "require-trusted-types-for 'script'; trusted-types 'none'; "
PLAIN = f"{_PARTS}{_TYPES}frame-ancestors 'none'"
FRAMES = f"{_PARTS}{_TYPES}frame-src 'self'; frame-ancestors 'none'"
# The one page that is a host's: it holds the widget and stands in a frame of the theme editor.
FRAMED = f"{_PARTS}frame-src 'self'; frame-ancestors 'self'"
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: under that, browsers send forms with "Origin: null".
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


class Renderer:
    """What a template shows is escaped unless it is Markup; a name that is missing is an error."""

    def __init__(self, folder: Path, tree: AssetTree) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(FILTERS)
        self._environment.globals["base"] = tree.base

    def answer(
        self, template: str, *, status: int, origin: str, policy: str = PLAIN, **values: Any
    ) -> Response:
        """Return the page; ``origin`` is ours, as browsers write it."""
        response = Response(
            self._environment.get_template(template).render(**values), status=status, mimetype="text/html"
        )
        response.headers.update(HEADERS)
        # 'self' means WebSockets, too, but not every browser has heard of that.
        response.headers["Content-Security-Policy"] = policy.format(sockets=origin.replace("http", "ws", 1))
        if policy is FRAMED:
            response.headers["X-Frame-Options"] = "SAMEORIGIN"
        return response
