"""The name of a request: in the answer if that is an error, and in every log line about it.

A proxy that is trusted has named it, so that its own log has the same name; otherwise it gets one here. What
others call it is not taken: they could make two requests look like one. A connection that waits keeps only a
name that a proxy gave; one of our own is made when there is something to say, for nobody has heard it before.
"""

import _socket
import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from flask import Flask, Response, g, request

from imserver.logs import current_request
from imserver.protocol.http import REQUEST_ID, fresh_request_id

_FORM = re.compile(r"[0-9A-Za-z_.-]{8,64}")
# There are few proxies, and whoever else sends the field is asked about once in so many.
_PEERS_KEPT = 1_000
GONE = "gone"


class RequestIds:
    """Who may name requests. A peer without an address came through a unix socket, as only a proxy can."""

    def __init__(self, trusted_proxies: Sequence[IPv4Network | IPv6Network]) -> None:
        self._trusted_proxies = trusted_proxies
        self._known: dict[str, bool] = {}

    def given(self, text: str, *, peer: str) -> str:
        """Return what a proxy at ``peer`` calls the request; nothing if it is none, or that is no name."""
        return text if text and self._trusts(peer) and _FORM.fullmatch(text) else ""

    def _trusts(self, peer: str) -> bool:
        trusts = self._known.get(peer)
        if trusts is None:
            trusts = not peer or (
                peer != GONE and any(ip_address(peer) in network for network in self._trusted_proxies)
            )
            if len(self._known) >= _PEERS_KEPT:
                self._known.clear()
            self._known[peer] = trusts
        return trusts


def install_request_ids(app: Flask, ids: RequestIds) -> None:
    """Name each request before anything else is done for it, and say the name in the answer to an error.

    ``g.given_request_id`` is for connections that wait.
    """

    def begin() -> None:
        given = ids.given(request.headers.get(REQUEST_ID, ""), peer=request.remote_addr or "")
        g.given_request_id, g.request_id = given, given or fresh_request_id()
        current_request.set(g.request_id)

    def tell(response: Response) -> Response:
        if response.status_code >= 400:
            response.headers[REQUEST_ID] = g.request_id
        return response

    app.before_request(begin)
    app.after_request(tell)


def peer_of(fd: int) -> str:
    """Return the address at the other end of a socket; none for a unix socket, or when it has gone."""
    # The patched class costs more than the question.
    peer = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM, 0, fd)
    try:
        name = peer.getpeername()
    except OSError:
        return GONE
    finally:
        peer.detach()
    return str(name[0]) if isinstance(name, tuple) else ""
