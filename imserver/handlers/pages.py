"""The widget's frame: one small page per site, on our origin, inside the host's pages."""

import html
import json
from string import Template

from flask import Blueprint, Response, request

from imserver import __version__
from imserver.handlers.assets import AssetTree
from imserver.handlers.wire import own_origin
from imserver.services.identity import Identity

# No inline script or style, no eval, and only the site's own pages may show the frame.
FRAME_CSP = Template(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src https: http: data:; "
    "connect-src 'self' $sockets; media-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors 'self' $origins"
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


def build_pages(identity: Identity, tree: AssetTree, *, public_url: str) -> Blueprint:
    """Return the route of the frame."""
    blueprint = Blueprint("pages", __name__)

    @blueprint.get("/frame")
    def frame() -> Response:
        page = tree.require("frame.html").body.decode()
        site_id = request.args.get("site", "")
        origins = identity.frame_origins(site_id)
        config = {
            "site": site_id,
            "origins": sorted({*origins, own_origin(public_url)}),
            "version": __version__,
        }
        values = {"base": tree.base, "config": html.escape(json.dumps(config))}
        # 'self' means WebSockets, too, but not every browser has heard of that.
        sockets = own_origin(public_url).replace("http", "ws", 1)
        csp = FRAME_CSP.substitute(origins=" ".join(origins), sockets=sockets)
        response = html_response(fill(page, values), csp=csp)
        # A host page under cross-origin isolation shows only frames that say they may be shown.
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    return blueprint
