"""A14: what means harm is refused in words, or served so that no browser runs it; memory stays flat."""

import io
import json
import os
from collections import Counter
from urllib.parse import quote, urlencode

import gevent
import pytest
from PIL import Image

from tests.app.member import Host, Member, error_code
from tests.app.test_files import Shelf, kept_files, meet
from tests.files.hostile import SCRIPT, Hostile, hostile_uploads

UPLOADS = list(hostile_uploads())
REFUSALS = {"file_type_refused", "file_broken", "picture_too_large", "invalid_request"}
DRAWN = {"image/jpeg", "image/png", "image/webp"}
INLINE = ("image/", "audio/", "video/")
# What the worker may grow by; the children, which have limits of their own, are not counted.
GROWTH_BYTES = 64_000_000


def resident_bytes() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def upload(shelf: Shelf, hostile: Hostile) -> object:
    query = urlencode({"conversation_id": shelf.conversation_id, "name": hostile.name})
    headers = {"Content-Type": hostile.type.replace("\r\n", " ")}
    return shelf.ada.call("POST", f"/v1/files?{query}", hostile.body, headers=headers)


def check_served(shelf: Shelf, hostile: Hostile, file: dict[str, object]) -> str:
    """Fail unless nothing of it can run in a browser; return its type."""
    urls = shelf.urls(str(file["id"]))[file["id"]]
    for address in filter(None, (urls["url"], urls.get("thumb_url"))):
        answer = shelf.fetch(address)
        assert answer.status_code == 200
        served, how = answer.headers["Content-Type"], answer.headers["Content-Disposition"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "svg" not in served
        if served.startswith("image/"):
            assert served in DRAWN
            # Drawn by us: it is a picture from the first byte to the last, and nothing else.
            assert SCRIPT not in answer.data
            with Image.open(io.BytesIO(answer.data)) as image:
                image.load()
                assert not image.getexif()
        elif not served.startswith(INLINE):
            assert (served, how.startswith("attachment;")) == ("application/octet-stream", True)
        assert how.isascii()
        assert how.isprintable()
    return str(file["type"])


# The bytes are judged before any database hears of them, so one of the two has to do.
@pytest.mark.parametrize("backend", ["sqlite+memory"], indirect=True, scope="session")
@pytest.mark.limit(seconds=400)
def test_no_hostile_upload_becomes_active_content(host: Host) -> None:
    assert len(UPLOADS) >= 300
    shelf = meet(host)
    before = kept_files(shelf.ada.app)
    counts: Counter[str] = Counter()
    resident = resident_bytes()

    def try_one(hostile: Hostile) -> None:
        response = upload(shelf, hostile)
        if response.status_code == 201:
            file = json.loads(response.data)
            check_name(str(file["name"]))
            counts[check_served(shelf, hostile, file)] += 1
            assert shelf.ada.call("DELETE", f"/v1/files/{file['id']}").status_code == 204
            return
        assert response.status_code in (400, 413, 415), hostile.what
        code = error_code(response)
        assert code in REFUSALS, (hostile.what, code)
        counts[code] += 1

    for start in range(0, len(UPLOADS), 4):
        batch = [gevent.spawn(try_one, hostile) for hostile in UPLOADS[start : start + 4]]
        gevent.joinall(batch, raise_error=True)
    assert resident_bytes() - resident < GROWTH_BYTES
    assert kept_files(shelf.ada.app) == before
    assert counts.total() == len(UPLOADS)
    # Some of all kinds of ends: or else the uploads were not what they are meant to be.
    assert REFUSALS - {"invalid_request"} <= set(counts)
    assert set(counts) >= DRAWN


def check_name(name: str) -> None:
    assert name.isprintable()
    assert not set(name) & set('/\\:*?"<>|')
    assert 0 < len(name.encode()) <= 200
    assert not name.startswith(".")
    assert name == name.strip()


@pytest.mark.parametrize("number", range(3))
def test_pages_are_refused_by_name_of_their_kind(host: Host, number: int, tmp_path: object) -> None:
    shelf = meet(host)
    response = upload(shelf, UPLOADS[number])
    assert response.status_code == 415
    assert "text/html" in json.loads(response.data)["error"]["message"]


def test_an_address_cannot_be_bent_to_serve_another_type(host: Host) -> None:
    shelf = meet(host)
    file = shelf.keep(b"just words", "words.txt")
    url = shelf.urls(file["id"])[file["id"]]["url"]
    path, _, query = url.partition("?")
    for bent in (
        f"{path}/index.html?{query}",
        f"{path}%00.html?{query}",
        f"{path}?{query}&type=text/html",
        f"{path}?{query}&p=thumb",
        f"{path}?{query}#.html",
        f"{path.rpartition('/')[0]}/{quote('words.html')}?{query}",
    ):
        answer = Member(shelf.ada.app, "").call("GET", bent)
        assert answer.status_code in (200, 404)
        if answer.status_code == 200:
            assert answer.headers["Content-Type"] == "application/octet-stream"
