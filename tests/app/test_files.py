"""Files over HTTP: uploaded, sent, read with a signed address, taken back, swept."""

import json
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from imserver.settings import FilesSettings
from tests.app.conftest import MakeApp, new_host
from tests.app.member import Host, Json, Member, client_id, engine_of, outcome
from tests.files import samples
from tests.services import make_folder


@dataclass(frozen=True, slots=True)
class Shelf:
    """ada and bob with a conversation, and what they do with files in it."""

    ada: Member
    bob: Member
    conversation_id: str

    def upload(
        self, body: bytes, name: str = "photo.jpg", *, by: Member | None = None, **query: str
    ) -> TestResponse:
        fields = {"conversation_id": self.conversation_id, "name": name} | query
        return (by or self.ada).call("POST", f"/v1/files?{urlencode(fields)}", body)

    def keep(self, body: bytes, name: str = "photo.jpg", **query: str) -> Json:
        response = self.upload(body, name, **query)
        assert response.status_code == 201, response.data
        file: Json = json.loads(response.data)
        return file

    def urls(self, *file_ids: str, by: Member | None = None) -> Json:
        body = {"conversation_id": self.conversation_id, "file_ids": list(file_ids)}
        data: Json = (by or self.ada).ask("POST", "/v1/files/urls", body)["data"]
        return data

    def fetch(self, url: str, *, method: str = "GET", **headers: str) -> TestResponse:
        """Read an address as a browser does, without a session."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Member(self.ada.app, "").call(method, url, headers=named)


def meet(host: Host) -> Shelf:
    ada, bob = host.visit("ada"), host.visit("bob")
    return Shelf(ada, bob, ada.open("bob"))


@pytest.fixture
def shelf(host: Host) -> Shelf:
    return meet(host)


@pytest.fixture
def make_shelf(make_app: MakeApp) -> "type[Shelf]":
    """Give a function that makes a shelf on a server with other settings."""

    def make(**changed: object) -> Shelf:
        folder = str(make_folder() / "files")
        app = make_app(files=FilesSettings(**{"folder": folder, "per_minute": 0} | changed))  # type: ignore[arg-type]
        return meet(new_host(app))

    return make  # type: ignore[return-value]


def test_a_picture_is_drawn_anew_and_read_by_the_other_one(shelf: Shelf) -> None:
    file = shelf.keep(samples.photograph((1_600, 1_200)), "trip to the sea.jpg")
    assert (file["type"], file["width"], file["height"]) == ("image/jpeg", 1_200, 1_600)
    assert file["name"] == "trip to the sea.jpg"
    assert file["thumb"] is True
    urls = shelf.urls(file["id"])[file["id"]]
    whole, thumb = shelf.fetch(urls["url"]), shelf.fetch(urls["thumb_url"])
    assert len(whole.data) == file["size"]
    assert (whole.mimetype, thumb.mimetype) == ("image/jpeg", "image/webp")
    assert 0 < len(thumb.data) < len(whole.data)
    for answer in (whole, thumb):
        assert samples.SECRET.encode() not in answer.data


def test_headers_leave_a_browser_nothing_to_run(shelf: Shelf) -> None:
    for body, how, kind in (
        (samples.picture(), "inline", "image/jpeg"),
        (samples.MP3, "inline", "audio/mpeg"),
        (samples.PDF, "attachment", "application/octet-stream"),
        (b"just words", "attachment", "application/octet-stream"),
    ):
        file = shelf.keep(body, 'Ünïcode ; name".x')
        headers = shelf.fetch(shelf.urls(file["id"])[file["id"]]["url"]).headers
        assert headers["Content-Disposition"].startswith(f"{how}; filename=")
        assert headers["Content-Type"] == kind
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Cache-Control"].startswith("private, max-age=")
        assert "sandbox" in headers["Content-Security-Policy"]
        assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_an_unsent_file_is_its_senders_alone(shelf: Shelf) -> None:
    file = shelf.keep(samples.picture())
    assert set(shelf.urls(file["id"])) == {file["id"]}
    assert shelf.urls(file["id"], by=shelf.bob) == {}
    assert shelf.urls("fabsent", by=shelf.bob) == {}


def test_an_address_is_bound_to_file_name_and_conversation(shelf: Shelf) -> None:
    first, second = shelf.keep(samples.picture()), shelf.keep(samples.PDF, "a.pdf")
    url = shelf.urls(first["id"])[first["id"]]["url"]
    assert shelf.fetch(url).status_code == 200
    for wrong in (
        url.replace(first["id"], second["id"]),
        url.replace("photo.jpg", "photo.html"),
        url.replace("p=file", "p=thumb"),
        url.replace(shelf.conversation_id, "d" + "a" * 24),
        url[:-2] + ("aa" if url[-2:] != "aa" else "bb"),
        url.partition("?")[0],
        url.replace("e=", "e=9"),
        url.replace("e=", "e=x"),
    ):
        assert outcome(shelf.fetch(wrong)) == (404, "not_found")


def test_an_address_expires(make_shelf: "type[Shelf]") -> None:
    shelf = make_shelf(url_seconds=2)
    file = shelf.keep(samples.MP3, "a.mp3")
    url = shelf.urls(file["id"])[file["id"]]["url"]
    files = engine_of(shelf.ada.app).services.files
    now = files._now_ms
    assert shelf.fetch(url).status_code == 200
    files._now_ms = lambda: now() + 2_000
    assert outcome(shelf.fetch(url)) == (404, "not_found")


def test_a_part_of_a_file_can_be_asked_for(shelf: Shelf) -> None:
    file = shelf.keep(samples.MP3, "a.mp3")
    url = shelf.urls(file["id"])[file["id"]]["url"]
    part = shelf.fetch(url, Range="bytes=3-6")
    assert (part.status_code, part.data) == (206, samples.MP3[3:7])
    assert part.headers["Content-Range"] == f"bytes 3-6/{len(samples.MP3)}"
    assert shelf.fetch(url, Range="bytes=-4").data == samples.MP3[-4:]
    assert shelf.fetch(url, Range="bytes=10-").data == samples.MP3[10:]
    assert shelf.fetch(url, Range="bytes=0-1,5-6").data == samples.MP3
    assert shelf.fetch(url, Range="lines=0-1").data == samples.MP3
    assert outcome(shelf.fetch(url, Range="bytes=99999-")) == (416, "range_refused")
    etag = part.headers["ETag"]
    assert shelf.fetch(url, Range="bytes=3-6", If_Range=etag).status_code == 206
    assert shelf.fetch(url, Range="bytes=3-6", If_Range='"other"').status_code == 200
    assert shelf.fetch(url, If_None_Match=etag).status_code == 304
    head = shelf.fetch(url, method="HEAD")
    assert (head.headers["Content-Length"], head.data) == (str(len(samples.MP3)), b"")


def test_a_recording_keeps_what_its_program_knows_of_it(shelf: Shelf) -> None:
    file = shelf.keep(samples.WEBM_SOUND, "voice.webm", duration_ms="4200", waveform="0,50,100")
    assert (file["type"], file["duration_ms"], file["waveform"]) == ("audio/webm", 4_200, [0, 50, 100])
    assert "waveform" not in shelf.keep(samples.PDF, "a.pdf", waveform="1,2")
    for wrong in ("1,2,101", "1,,2", "-1", "a", ",".join(["1"] * 65)):
        assert outcome(shelf.upload(samples.WEBM_SOUND, waveform=wrong)) == (400, "invalid_request")


def test_only_who_takes_part_uploads(shelf: Shelf, host: Host, other_host: Host) -> None:
    eve, ada_elsewhere = host.visit("eve"), other_host.visit("ada")
    for outsider in (eve, ada_elsewhere):
        assert outcome(shelf.upload(samples.PDF, by=outsider)) == (404, "not_found")
        body = {"conversation_id": shelf.conversation_id, "file_ids": ["f1"]}
        assert outcome(outsider.call("POST", "/v1/files/urls", body)) == (404, "not_found")


def test_a_file_is_not_read_through_another_conversation(shelf: Shelf, host: Host) -> None:
    host.visit("cyd")
    other = Shelf(shelf.ada, shelf.bob, shelf.ada.open("cyd"))
    file = shelf.keep(samples.PDF, "a.pdf")
    assert other.urls(file["id"]) == {}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", (400, "invalid_request")),
        (b"<html><script>alert(1)</script>", (415, "file_type_refused")),
        (b"<svg onload=alert(1)>", (415, "file_type_refused")),
        (b"MZ\x90\x00", (415, "file_type_refused")),
        (bytes(range(256)), (415, "file_type_refused")),
        (samples.picture()[:900], (400, "file_broken")),
        (samples.png_claiming(50_000, 50_000), (413, "picture_too_large")),
    ],
)
def test_what_is_refused_has_a_typed_answer(shelf: Shelf, body: bytes, expected: tuple[int, str]) -> None:
    assert outcome(shelf.upload(body, "photo.jpg")) == expected
    assert shelf.ada.ask("GET", "/v1/files/limits")["used_bytes"] == 0


def test_sizes_and_quotas_are_kept(make_shelf: "type[Shelf]") -> None:
    shelf = make_shelf(file_bytes=5_000, person_bytes=6_000, site_bytes=9_000)
    assert outcome(shelf.upload(b"a" * 5_001, "a.txt")) == (413, "file_too_large")
    shelf.keep(b"a" * 5_000, "a.txt")
    assert outcome(shelf.upload(b"a" * 1_001, "a.txt")) == (413, "quota_exceeded")
    shelf.keep(b"a" * 1_000, "a.txt")
    limits = shelf.ada.ask("GET", "/v1/files/limits")
    assert (limits["file_bytes"], limits["person_bytes"], limits["used_bytes"]) == (5_000, 6_000, 6_000)
    assert "image/*" in limits["types"]
    assert outcome(shelf.upload(b"a" * 3_001, "a.txt", by=shelf.bob)) == (413, "quota_exceeded")
    assert shelf.upload(b"a" * 3_000, "a.txt", by=shelf.bob).status_code == 201


def test_a_body_that_is_longer_than_it_said_is_cut(make_shelf: "type[Shelf]") -> None:
    shelf = make_shelf(file_bytes=5_000)
    fields = urlencode({"conversation_id": shelf.conversation_id})
    files = engine_of(shelf.ada.app).services.files
    spooled = files._spool._folder
    response = shelf.ada.call("POST", f"/v1/files?{fields}", b"a" * 9_000, headers={"Content-Length": "100"})
    assert response.status_code in (201, 413)
    assert not list(spooled.glob("*"))


def test_uploads_have_a_pace(make_shelf: "type[Shelf]") -> None:
    shelf = make_shelf(per_minute=2)
    assert shelf.upload(b"a", "a.txt").status_code == 201
    assert shelf.upload(b"a", "a.txt").status_code == 201
    refused = shelf.upload(b"a", "a.txt")
    assert outcome(refused) == (429, "rate_limited")
    assert int(refused.headers["Retry-After"]) > 0


def test_what_is_not_known_can_be_allowed_and_is_only_ever_saved(make_shelf: "type[Shelf]") -> None:
    shelf = make_shelf(types=("application/octet-stream",))
    for body in (bytes(range(256)), b"<svg onload=alert(1)>", samples.picture(), b"MZ"):
        file = shelf.keep(body, "any.svg")
        assert file["type"] == "application/octet-stream"
        answer = shelf.fetch(shelf.urls(file["id"])[file["id"]]["url"])
        assert answer.data == body
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment;")


def test_a_file_can_be_taken_back_until_it_is_sent(shelf: Shelf) -> None:
    before = kept_files(shelf.ada.app)
    file = shelf.keep(samples.PDF, "a.pdf")
    url = shelf.urls(file["id"])[file["id"]]["url"]
    assert outcome(shelf.bob.call("DELETE", f"/v1/files/{file['id']}")) == (404, "not_found")
    assert shelf.ada.call("DELETE", f"/v1/files/{file['id']}").status_code == 204
    assert outcome(shelf.fetch(url)) == (404, "not_found")
    assert outcome(shelf.ada.call("DELETE", f"/v1/files/{file['id']}")) == (404, "not_found")
    assert shelf.ada.ask("GET", "/v1/files/limits")["used_bytes"] == 0
    assert kept_files(shelf.ada.app) == before


def kept_files(app: Flask) -> list[str]:
    """Return what lies in the storage's folder."""
    folder = engine_of(app).services.files._spool._folder.parent
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_what_was_never_sent_is_swept_after_a_day(make_shelf: "type[Shelf]") -> None:
    shelf = make_shelf()
    file = shelf.keep(samples.photograph((1_600, 1_200)))
    assert len(kept_files(shelf.ada.app)) == 2
    engine = engine_of(shelf.ada.app)
    assert engine.services.files.sweep() == 0
    now = engine.store.files._now_ms
    engine.store.files._now_ms = lambda: now() + 24 * 3600 * 1000 + 1
    engine.monitor.tidy()
    assert kept_files(shelf.ada.app) == []
    assert shelf.urls(file["id"]) == {}
    assert shelf.ada.ask("GET", "/v1/files/limits")["used_bytes"] == 0


def test_the_installation_keeps_its_secret(make_shelf: "type[Shelf]", shelf: Shelf) -> None:
    first = engine_of(shelf.ada.app).store.installation
    second = engine_of(make_shelf().ada.app).store.installation
    assert first.secret("files") == second.secret("files")
    assert first.secret("files") != first.secret("other")
    assert len(first.secret("files")) == 32


def test_a_name_in_the_address_may_be_anything(shelf: Shelf) -> None:
    for name in ("100% sure?#&.pdf", "日本語 + فارسی.pdf", "a.b.c..pdf", "%2e%2e%2f.pdf"):
        file = shelf.keep(samples.PDF, name)
        answer = shelf.fetch(shelf.urls(file["id"])[file["id"]]["url"])
        assert answer.status_code == 200
        assert quote(file["name"], safe="") in answer.headers["Content-Disposition"]


def test_a_groups_picture_stays_until_another_takes_its_place(shelf: Shelf, host: Host) -> None:
    cyd, eve = host.visit("cyd"), host.visit("eve")
    group = shelf.ada.ask("POST", "/v1/conversations", {"kind": "group", "name": "g", "user_ids": ["cyd"]})
    ours = Shelf(shelf.ada, cyd, group["id"])
    here = f"/v1/conversations/{group['id']}"
    first, second = ours.keep(samples.picture()), ours.keep(samples.picture("PNG"), "a.png")
    words, elsewhere = ours.keep(b"words", "a.txt"), shelf.keep(samples.picture())
    for wrong in (words["id"], elsewhere["id"], "fabsent"):
        assert outcome(shelf.ada.call("PATCH", here, {"picture": wrong})) == (404, "not_found")
    assert shelf.ada.ask("PATCH", here, {"picture": first["id"]})["picture"] == first["id"]
    # Who is invited sees the picture, and nothing else of the group.
    assert set(ours.urls(first["id"], second["id"], by=cyd)) == {first["id"]}
    body = {"conversation_id": group["id"], "file_ids": [first["id"]]}
    assert outcome(eve.call("POST", "/v1/files/urls", body)) == (404, "not_found")
    assert shelf.ada.ask("PATCH", here, {"picture": second["id"]})["picture"] == second["id"]
    assert set(ours.urls(first["id"], second["id"])) == {second["id"]}


def send(
    shelf: Shelf, *file_ids: str, text: str = "", by: Member | None = None, as_id: str = ""
) -> TestResponse:
    message = {"client_id": as_id or client_id(), "text": text, "files": list(file_ids)}
    path = f"/v1/conversations/{shelf.conversation_id}/messages"
    return (by or shelf.ada).call("POST", path, {"messages": [message]})


def test_a_sent_file_is_the_other_ones_to_read_and_stays(make_shelf: "type[Shelf]") -> None:
    shelf = make_shelf()
    file = shelf.keep(samples.photograph((900, 600)))
    cursor = shelf.bob.state()["cursor"]
    assert send(shelf, file["id"], text="look").status_code == 200
    (event,) = shelf.bob.events(cursor)["events"]
    assert event["message"]["files"] == [file]
    here = f"/v1/conversations/{shelf.conversation_id}/messages"
    (message,) = shelf.bob.ask("GET", here)["data"]
    assert message["files"] == [file]
    url = shelf.urls(file["id"], by=shelf.bob)[file["id"]]["url"]
    assert shelf.fetch(url).status_code == 200
    engine = engine_of(shelf.ada.app)
    now = engine.store.files._now_ms
    engine.store.files._now_ms = lambda: now() + 48 * 3600 * 1000
    # Other tests have left some that were never sent.
    engine.services.files.sweep()
    assert len(kept_files(shelf.ada.app)) == 2
    assert outcome(shelf.ada.call("DELETE", f"/v1/files/{file['id']}")) == (404, "not_found")
    assert shelf.fetch(url).status_code == 200


def test_a_file_is_sent_once_by_who_uploaded_it_and_where(shelf: Shelf, host: Host) -> None:
    file = shelf.keep(samples.PDF, "a.pdf")
    host.visit("cyd")
    elsewhere = Shelf(shelf.ada, shelf.bob, shelf.ada.open("cyd"))
    assert outcome(send(shelf, file["id"], by=shelf.bob)) == (404, "not_found")
    assert outcome(send(elsewhere, file["id"])) == (404, "not_found")
    assert outcome(send(shelf, "fabsent")) == (404, "not_found")
    assert outcome(send(shelf, file["id"], file["id"])) == (404, "not_found")
    mine = client_id()
    assert send(shelf, file["id"], as_id=mine).status_code == 200
    again = send(shelf, file["id"], as_id=mine)
    assert (again.status_code, again.json["messages"][0]["duplicate"]) == (200, True)
    assert outcome(send(shelf, file["id"])) == (404, "not_found")
    assert outcome(send(shelf, text="other", as_id=mine)) == (409, "client_id_conflict")


def test_a_refused_send_leaves_its_file_to_be_sent(shelf: Shelf) -> None:
    file = shelf.keep(samples.PDF, "a.pdf")
    assert outcome(send(shelf, file["id"], "fabsent")) == (404, "not_found")
    assert send(shelf, file["id"]).status_code == 200


def test_the_files_of_a_deleted_message_go(make_shelf: "type[Shelf]") -> None:
    shelf = make_shelf()
    file = shelf.keep(samples.photograph((900, 600)))
    assert send(shelf, file["id"]).status_code == 200
    url = shelf.urls(file["id"], by=shelf.bob)[file["id"]]["url"]
    gone = shelf.ada.call("DELETE", f"/v1/conversations/{shelf.conversation_id}/messages/1")
    assert gone.status_code == 200
    assert outcome(shelf.fetch(url)) == (404, "not_found")
    assert shelf.urls(file["id"], by=shelf.bob) == {}
    assert "files" not in gone.json
    engine_of(shelf.ada.app).services.files.sweep()
    assert kept_files(shelf.ada.app) == []
    assert shelf.ada.ask("GET", "/v1/files/limits")["used_bytes"] == 0


def test_guests_upload_only_where_the_site_lets_them(shelf: Shelf, host: Host) -> None:
    guest = host.visit("guest-1", guest=True)
    conversation_id = guest.open("ada")
    theirs = Shelf(guest, shelf.ada, conversation_id)
    assert outcome(theirs.upload(samples.PDF)) == (403, "guests_may_not")
