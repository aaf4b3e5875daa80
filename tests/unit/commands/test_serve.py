"""What bin/serve checks before it becomes gunicorn."""

import argparse
import gc
import socket
import warnings
from pathlib import Path

import pytest

from imserver.commands import serve
from imserver.commands.refusal import ExitCode, Refusal
from imserver.errors import SettingsError, Unavailable
from imserver.services.demo import Member, create_demo
from imserver.settings import Settings, load_settings
from imserver.store import Store, open_store
from tests.services import free_port

MEMBERS = [
    Member(id=name, name=name.title())
    for name in ("ada", "bob", "cy", "dee", "eli", "fay", "gus", "hal", "ida")
]


def settings_for(tmp_path: Path, **environ: str) -> Settings:
    environ.setdefault("IM_STORE_URL", f"sqlite:///{tmp_path}/var/im.db")
    environ.setdefault("IM_SERVER_BIND", f"127.0.0.1:{free_port()}")
    environ.setdefault("IM_BUS_FOLDER", str(tmp_path / "bus"))
    return load_settings(environ=environ, root=tmp_path)


def open_store_of(settings: Settings) -> Store:
    serve.check_folders(settings)
    store = open_store(store_url=settings.store.url)
    store.migrate()
    return store


def variables(*arguments: str, **environ: str) -> dict[str, str]:
    serve.apply_arguments(serve.parse(list(arguments)), environ=environ)
    return environ


def refusal_of(settings: Settings) -> Refusal:
    with pytest.raises(Refusal) as caught:
        serve.prepare(settings)
    return caught.value


def test_options_become_variables() -> None:
    environ = variables("--bind", "[::1]:9", "--workers", "3", "--config", "/etc/im.toml")
    assert environ == {"IM_SERVER_BIND": "[::1]:9", "IM_SERVER_WORKERS": "3", "IM_CONFIG": "/etc/im.toml"}


def test_a_relative_config_file_is_where_the_person_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert variables("--config", "im.toml")["IM_CONFIG"] == str(tmp_path / "im.toml")


@pytest.mark.parametrize(
    ("environ", "bind"),
    [
        ({"PORT": "5000"}, "127.0.0.1:5000"),
        ({"PORT": "5000", "IM_SERVER_BIND": "0.0.0.0:80"}, "0.0.0.0:5000"),
        ({"PORT": "5000", "IM_SERVER_BIND": "[::]:80"}, "[::]:5000"),
        ({"PORT": "5000", "IM_SERVER_BIND": "unix:/run/im.sock"}, "unix:/run/im.sock"),
    ],
)
def test_port_replaces_the_port_and_keeps_the_host(environ: dict[str, str], bind: str) -> None:
    assert variables(**environ)["IM_SERVER_BIND"] == bind


def test_bind_on_the_command_line_wins_over_port() -> None:
    assert variables("--bind", "127.0.0.1:1", PORT="5000")["IM_SERVER_BIND"] == "127.0.0.1:1"


def test_a_port_that_is_none_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsError, match="IM_SERVER_BIND"):
        load_settings(environ={"IM_SERVER_BIND": serve.with_port("127.0.0.1:1", "http")})


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        bind = f"127.0.0.1:{other.getsockname()[1]}"
        refusal = refusal_of(settings_for(tmp_path, IM_SERVER_BIND=bind))
    assert refusal.exit_code == ExitCode.ADDRESS
    assert bind in str(refusal)


def test_a_taken_unix_socket_is_refused_and_one_left_behind_is_not(tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        with pytest.raises(Refusal, match="listens there already"):
            serve.check_address(f"unix:{path}")
    assert path.exists()
    serve.check_address(f"unix:{path}")


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder should be")
    refusal = refusal_of(settings_for(tmp_path))
    assert refusal.exit_code == ExitCode.UNWRITABLE
    assert str(tmp_path / "var") in str(refusal)


def test_a_new_loopback_store_gets_the_demo_once(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    store = open_store_of(settings)
    assert serve.wants_demo(store, settings)
    assert create_demo(store, members=MEMBERS)
    assert not serve.wants_demo(store, settings)
    assert not create_demo(store, members=MEMBERS)
    store.close()


def test_a_store_with_a_site_gets_the_demo_only_on_request(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    store = open_store_of(settings)
    store.sites.insert_site(name="Mine", origins=())
    assert not serve.wants_demo(store, settings)
    assert serve.wants_demo(store, settings_for(tmp_path, IM_DEMO_ENABLED="on"))
    store.close()


@pytest.mark.parametrize(
    "environ",
    [
        {"IM_DEMO_ENABLED": "off"},
        {"IM_SERVER_BIND": "0.0.0.0:1"},
        {"IM_SERVER_PUBLIC_URL": "https://im.example.com"},
    ],
)
def test_a_public_or_declined_demo_is_not_made(tmp_path: Path, environ: dict[str, str]) -> None:
    settings = settings_for(tmp_path, **environ)
    store = open_store_of(settings)
    assert not serve.wants_demo(store, settings)
    store.close()


def test_a_demo_that_was_ordered_for_everybody_is_refused(tmp_path: Path) -> None:
    refusal = refusal_of(settings_for(tmp_path, IM_DEMO_ENABLED="on", IM_SERVER_BIND="0.0.0.0:8080"))
    assert refusal.exit_code == ExitCode.SETTINGS
    assert "demo.enabled" in str(refusal)


def test_everybody_in_the_demo_knows_everybody_else(tmp_path: Path) -> None:
    store = open_store(store_url=f"sqlite:///{tmp_path}/im.db")
    store.migrate()
    create_demo(store, members=MEMBERS)
    ids = {member.id for member in MEMBERS}
    for user_id in ids:
        friends = store.contacts.page_friends("demo", user_id, limit=100).data
        assert {friend.id for friend in friends} == ids - {user_id}
    store.close()


def test_a_database_that_is_not_there_is_refused_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "STORE_WAIT_SECONDS", 0.3)
    url = f"mysql://root@localhost/im?unix_socket={tmp_path}/none.sock"
    with warnings.catch_warnings():
        # PyMySQL leaves the socket of a refused connection to the collector.
        warnings.simplefilter("ignore", ResourceWarning)
        exit_code = refusal_of(settings_for(tmp_path, IM_STORE_URL=url)).exit_code
        gc.collect()
    assert exit_code == ExitCode.STORE


class LateStore:
    """A database that comes up at the third look."""

    def __init__(self) -> None:
        self.looks = 0

    def ping(self) -> None:
        self.looks += 1
        if self.looks < 3:
            raise Unavailable


def test_a_database_that_starts_late_is_waited_for() -> None:
    store = LateStore()
    serve.wait_for_store(store, seconds=10)  # type: ignore[arg-type]
    assert store.looks == 3


def test_unknown_options_end_with_the_exit_code_of_wrong_settings() -> None:
    with pytest.raises(SystemExit) as caught:
        serve.parse(["--bnd", "x"])
    assert caught.value.code == ExitCode.SETTINGS
    assert isinstance(serve.parse([]), argparse.Namespace)
