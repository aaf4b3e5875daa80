"""The widget's frame: one small page per site, on our origin, inside the host's pages."""

import html
import json
from dataclasses import dataclass
from string import Template

from flask import Blueprint, Response, request

from imserver import __version__
from imserver.handlers.assets import AssetTree
from imserver.handlers.wire import own_origin
from imserver.services.identity import Identity

# The module that paints the bar, and those that are behind it as soon as it has been painted.
FIRST = "main.js"
LATER = ("program.js", "panel.js", "chat.js")

# No inline script or style, no eval, and only the site's own pages may show the frame.
FRAME_CSP = Template(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src https: http: data: blob:; "
    "connect-src 'self' $sockets; media-src 'self' blob:; font-src 'self'; base-uri 'none'; "
    "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'; "
    "frame-ancestors 'self' $origins"
)


def fill(page: str, values: dict[str, str]) -> str:
    """Return ``page`` with each ``{{name}}`` replaced by its value, which must be safe where it stands."""
    for name, value in values.items():
        page = page.replace("{{" + name + "}}", value)
    return page


def html_response(page: str, *, csp: str) -> Response:
    """Return a page that is made for this request and is kept by nobody."""
    response = Response(page, mimetype="text/html")
    response.headers["Content-Security-Policy"] = csp
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@dataclass(frozen=True, slots=True)
class Modules:
    """What the frame fetches: ``first`` paints the bar, ``later`` is all that stands behind it."""

    first: list[str]
    later: list[str]


def modules_of(tree: AssetTree) -> Modules:
    """Return the modules of the widget in the order in which they are wanted."""
    first = tree.modules(FIRST)
    return Modules(first, [name for name in tree.modules(*LATER) if name not in first])


def preloads(tree: AssetTree, modules: list[str]) -> str:
    """Return a link for each module, so that none waits for the one that imports it."""
    return "\n".join(f'<link rel="modulepreload" href="{tree.base}/{name}">' for name in modules)


def build_pages(identity: Identity, tree: AssetTree, *, public_url: str) -> Blueprint:
    """Return the route of the frame."""
    blueprint = Blueprint("pages", __name__)
    modules = modules_of(tree)
    # What is the same for every site.
    values = {"base": tree.base, "preloads": preloads(tree, modules.first[1:])}
    blank = fill(tree.require("frame.html").body.decode(), values)

    @blueprint.get("/frame")
    def frame() -> Response:
        site_id = request.args.get("site", "")
        site, origins = identity.require_frame(site_id)
        config = {
            "site": site_id,
            "origins": sorted({*origins, own_origin(public_url)}),
            "version": __version__,
            "later": modules.later,
            "rooms": site.rooms,
            "uploads": site.uploads,
            "language": site.language,
            "theme": site.theme,
            "retention_days": site.retention_days,
        }
        page = fill(blank, {"config": html.escape(json.dumps(config))})
        # 'self' means WebSockets, too, but not every browser has heard of that.
        sockets = own_origin(public_url).replace("http", "ws", 1)
        csp = FRAME_CSP.substitute(origins=" ".join(origins), sockets=sockets)
        response = html_response(page, csp=csp)
        # A host page under cross-origin isolation shows only frames that say they may be shown.
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    return blueprint
