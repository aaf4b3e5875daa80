"""The ready line."""

import pytest
from gevent.pywsgi import WSGIServer

from imserver.commands import announce
from imserver.commands.descriptors import cap_connections


def serve_paths(paths: set[str]) -> WSGIServer:
    def application(environ, start_response):  # type: ignore[no-untyped-def]
        start_response("200 OK" if environ["PATH_INFO"] in paths else "404 Not Found", [])
        return [b""]

    server = WSGIServer(("127.0.0.1", 0), application, log=None)
    server.start()
    return server


@pytest.mark.parametrize(
    ("paths", "lines"),
    [({"/healthz"}, 1), ({"/healthz", "/demo"}, 3)],
    ids=["without the demo", "with the demo"],
)
def test_the_demo_is_announced_only_if_it_answers(
    paths: set[str], lines: int, capsys: pytest.CaptureFixture[str]
) -> None:
    server = serve_paths(paths)
    announce.announce(f"127.0.0.1:{server.server_port}", public_url="")
    server.stop()
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == f"imserver is ready: http://127.0.0.1:{server.server_port}"
    assert len(printed) == lines


def test_nothing_is_announced_while_nothing_answers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(announce, "WAIT_SECONDS", 0.1)
    server = serve_paths(set())
    announce.announce(f"127.0.0.1:{server.server_port}", public_url="")
    server.stop()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("bind", "url"),
    [
        ("0.0.0.0:80", "http://127.0.0.1:80"),
        ("[::]:80", "http://[::1]:80"),
        ("im.example:8080", "http://im.example:8080"),
        ("unix:/run/im.sock", "unix:/run/im.sock"),
    ],
)
def test_the_address_is_one_that_a_browser_here_can_use(bind: str, url: str) -> None:
    assert announce.local_url(bind) == url


def test_connections_are_capped_by_the_limit_on_open_files(caplog: pytest.LogCaptureFixture) -> None:
    assert cap_connections(15_000, descriptors=20_000) == 15_000
    assert not caplog.records
    assert cap_connections(15_000, descriptors=1_024) == 824
    assert "1024" in caplog.text
