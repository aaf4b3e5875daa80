"""How the messenger gets onto the site's pages, and a checker that says what is wrong."""

from collections.abc import Iterator, Sequence

import gevent
from flask import Response, request

from imserver.handlers.console.table import SIGNED_IN, Answer, Visit, page, shown
from imserver.handlers.wire import json_response
from imserver.services.checker import Wanted, check_proxy
from imserver.services.findings import GOOD, Finding

HERE = "/console/sites/<site_id>/install"
# A proxy that waits for the whole answer shows all pieces at once.
PIECES, PIECE_SECONDS = 4, 0.5
# As long as the longest wait of a poll: what is cut before is cut for everybody.
WAIT_SECONDS = 28
PROXY_HEADERS = ("X-Forwarded-For", "X-Real-IP", "Forwarded")


@page("GET", HERE, role="owner", title="Install", nav="Install")
def install(visit: Visit) -> Answer:
    """Show the tag, the snippet for the owner's language, and the checker."""
    return _page(visit)


@page("POST", HERE + "/check", role="owner", title="Install", again=install, when_suspended=True)
def check_installation(visit: Visit) -> Answer:
    """Look at the owner's page and token."""
    wanted = Wanted(
        address=visit.text("address", most=2_000),
        source=visit.text("source", most=200_000),
        token=visit.text("token", most=8_000),
    )
    found = visit.desk.checker.check(visit.site, wanted, base_url=visit.origin)
    return _page(visit, findings=[*found, *_proxy(visit)])


@page("GET", "/console/probe/stream", role=SIGNED_IN, raw=True)
def probe_stream(_visit: Visit) -> Answer:
    """Send a few pieces with pauses between them."""

    def pieces() -> Iterator[bytes]:
        for number in range(PIECES):
            yield f"data: {number}\n\n".encode()
            gevent.sleep(PIECE_SECONDS)

    response = Response(pieces(), mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"
    return response


@page("GET", "/console/probe/wait", role=SIGNED_IN, raw=True)
def probe_wait(_visit: Visit) -> Answer:
    """Answer as late as the longest poll does."""
    gevent.sleep(WAIT_SECONDS)
    return json_response({"waited_seconds": WAIT_SECONDS})


def _proxy(visit: Visit) -> list[Finding]:
    peer = request.remote_addr or ""
    return check_proxy(
        is_named=any(name in request.headers for name in PROXY_HEADERS),
        is_trusted=not peer or visit.address != peer or request.headers.get("X-Real-IP") == peer,
        peer=peer,
    )


def _page(visit: Visit, *, findings: Sequence[Finding] = ()) -> Answer:
    snippets = visit.desk.snippets.for_site(visit.site, base_url=visit.origin)
    language = visit.query.get("language", "")
    chosen = next((one for one in snippets if one.language == language), snippets[0] if snippets else None)
    return shown(
        "install.html",
        tag=f'<script async src="{visit.origin}/im.js" data-site="{visit.site.site_id}" '
        'data-token="TOKEN" data-token-url="/im-token"></script>',
        snippets=snippets,
        chosen=chosen,
        findings=findings,
        is_good=bool(findings) and all(one.kind == GOOD for one in findings),
        wanted={name: visit.form.get(name, "") for name in ("address", "source", "token")},
    )
