"""The widget's files as whole answers, for those who ask plainly: no Flask, no gunicorn, one write."""

from collections.abc import Mapping
from typing import NamedTuple

from imserver.handlers.assets import FOR_HOSTS, IMMUTABLE, LOADER_CACHE, Asset, AssetTree
from imserver.protocol.http import file_answer
from imserver.protocol.requests import PlainRequest


class Shelved(NamedTuple):
    """A file, and what is said of it besides what the file itself says."""

    asset: Asset
    cache: str
    more: dict[str, str]


class Shelf:
    """The answers of a worker, each made when it is first asked for; there are eight per file at the most."""

    def __init__(self, tree: AssetTree, scripts: Mapping[str, Asset]) -> None:
        self._files = {path: Shelved(asset, IMMUTABLE, {}) for path, asset in tree}
        self._files |= {
            f"/{name}": Shelved(asset, LOADER_CACHE, FOR_HOSTS) for name, asset in scripts.items()
        }
        self._answers: dict[tuple[str, bool, bool, bool], bytes] = {}

    def __contains__(self, path: str) -> bool:
        return path in self._files

    def answer(self, request: PlainRequest, *, keep_alive: bool) -> bytes:
        """Return the whole answer to a request for a file that is here."""
        asset = self._files[request.path].asset
        is_compressed = request.takes_gzip and asset.compressed is not None
        is_known = request.etag == asset.tag(is_compressed=is_compressed)
        key = request.path, is_compressed, is_known, keep_alive
        if key not in self._answers:
            self._answers[key] = self._make(*key)
        return self._answers[key]

    def _make(self, path: str, is_compressed: bool, is_known: bool, keep_alive: bool) -> bytes:
        asset, cache, more = self._files[path]
        body = (asset.compressed if is_compressed else None) or asset.body
        headers = asset.headers(is_compressed=is_compressed, cache=cache) | more
        return file_answer(None if is_known else body, headers, keep_alive=keep_alive)
