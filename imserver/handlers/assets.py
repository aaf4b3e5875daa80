"""The widget's files, read once: names that carry the tree's hash never change, so browsers keep them."""

import gzip
import hashlib
import mimetypes
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Response, request
from werkzeug.utils import get_content_type

from imserver.errors import NotFound

# Text shrinks to a third; a picture does not, and a file below this fits a packet either way.
COMPRESS_FROM_BYTES = 512
IMMUTABLE = "public, max-age=31536000, immutable"
# The tag's own file keeps its name for ever, so it must be asked for again soon after a release.
LOADER_CACHE = "public, max-age=300"
# A host page under cross-origin isolation takes only scripts that say they may be taken, and a module of
# another origin is fetched by the rules of CORS.
FOR_HOSTS = {"Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": "*"}
# One import, one line: a browser test holds the modules to that.
STATIC_IMPORT = re.compile(r"^import (?:.*? from )?'(\.{1,2}/[\w./-]+)';$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file; ``compressed`` is its gzip form, or None where that would not be smaller."""

    body: bytes
    compressed: bytes | None
    mime_type: str
    etag: str

    def headers(self, *, is_compressed: bool, cache: str) -> dict[str, str]:
        """Return what is said of the file besides its length."""
        encoding = {"Content-Encoding": "gzip"} if is_compressed else {}
        return {
            "Content-Type": get_content_type(self.mime_type, "utf-8"),
            "Cache-Control": cache,
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
            "ETag": f'"{self.tag(is_compressed=is_compressed)}"',
            **encoding,
        }

    def tag(self, *, is_compressed: bool) -> str:
        """Return the name of these bytes."""
        return self.etag + ("-gz" if is_compressed else "")


def read_asset(path: Path) -> Asset:
    """Return the file with its gzip form made."""
    body = path.read_bytes()
    compressed = gzip.compress(body, 9, mtime=0) if len(body) >= COMPRESS_FROM_BYTES else None
    if compressed is not None and len(compressed) >= len(body):
        compressed = None
    mime_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(body, compressed, mime_type, hashlib.sha256(body).hexdigest()[:20])


class AssetTree:
    """All files below a folder, under one hash of them all."""

    def __init__(self, folder: Path, *, prefix: str = "/a") -> None:
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        self._assets = {path.relative_to(folder).as_posix(): read_asset(path) for path in paths}
        names = "\n".join(f"{name} {asset.etag}" for name, asset in self._assets.items())
        self.base = f"{prefix}/" + hashlib.sha256(names.encode()).hexdigest()[:16]

    def __iter__(self) -> Iterator[tuple[str, Asset]]:
        """Yield each file with its whole path."""
        return ((f"{self.base}/{name}", asset) for name, asset in self._assets.items())

    def require(self, name: str) -> Asset:
        """Raise NotFound for a name that is not in the tree."""
        if name not in self._assets:
            raise NotFound
        return self._assets[name]

    def modules(self, *names: str) -> list[str]:
        """Return ``names`` and every module that must be there before they run, each once.

        A browser that is told of them fetches all at once, instead of one generation after the other.
        """
        found: list[str] = []
        waiting = list(names)
        while waiting:
            name = waiting.pop(0)
            if name in found:
                continue
            found.append(name)
            imported = STATIC_IMPORT.findall(self.require(name).body.decode())
            waiting += [
                posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) for path in imported
            ]
        return found


def build_assets(tree: AssetTree, scripts: Mapping[str, Asset]) -> Blueprint:
    """Return the routes of the scripts in host pages, by their names, and of the immutable tree."""
    blueprint = Blueprint("assets", __name__)

    def host_script(name: str) -> Response:
        response = asset_response(scripts[name], cache=LOADER_CACHE)
        response.headers.update(FOR_HOSTS)
        return response

    @blueprint.get("/im.js")
    def loader_script() -> Response:
        return host_script("im.js")

    @blueprint.get("/hooks.js")
    def hooks_script() -> Response:
        return host_script("hooks.js")

    @blueprint.get("/host.js")
    def script_for_host() -> Response:
        return host_script("host.js")

    @blueprint.get("/a/<tree_hash>/<path:name>")
    def tree_file(tree_hash: str, name: str) -> Response:
        return tree_response(tree, f"/a/{tree_hash}", name)

    return blueprint


def tree_response(tree: AssetTree, base: str, name: str) -> Response:
    """Return a file of the tree as it was asked for, below ``base``; raise NotFound."""
    asset = tree.require(name)
    # A page of the release before may still ask; it gets today's file, but must not keep it.
    return asset_response(asset, cache=IMMUTABLE if base == tree.base else "no-store")


def asset_response(asset: Asset, *, cache: str) -> Response:
    """Return the file, compressed where the browser takes it, or 304 where it has it."""
    compressed = asset.compressed if request.accept_encodings["gzip"] > 0 else None
    headers = asset.headers(is_compressed=compressed is not None, cache=cache)
    response = Response(compressed or asset.body, headers=headers)
    response.make_conditional(request)
    return response
