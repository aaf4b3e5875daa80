"""Settings: what is accepted, what is refused, and how the refusal helps."""

from pathlib import Path

import pytest

from imserver.errors import SettingsError
from imserver.settings import Settings, load_settings


def from_file(tmp_path: Path, text: str, **environ: str) -> Settings:
    path = tmp_path / "im.toml"
    path.write_text(text)
    return load_settings(environ=environ, config_path=path)


def refusal(**environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ=environ, root=Path("/nonexistent"))
    return str(caught.value)


def file_refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        from_file(tmp_path, text)
    return str(caught.value)


def test_without_a_file_and_variables_the_defaults_hold(tmp_path: Path) -> None:
    assert load_settings(environ={"HOME": "/root"}, root=tmp_path) == Settings()


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    settings = from_file(tmp_path, "[server]\nworkers = 2\nbacklog = 99\n", IM_SERVER_WORKERS="4")
    assert (settings.server.workers, settings.server.backlog) == (4, 99)


def test_the_file_beside_the_procfile_is_found(tmp_path: Path) -> None:
    (tmp_path / "imserver.toml").write_text('[log]\nformat = "json"\n')
    assert load_settings(environ={}, root=tmp_path).log.format == "json"


def test_the_variable_names_the_file_unless_the_caller_does(tmp_path: Path) -> None:
    named = tmp_path / "named.toml"
    named.write_text("[server]\nworkers = 7\n")
    assert load_settings(environ={"IM_CONFIG": str(named)}).server.workers == 7
    assert from_file(tmp_path, "", IM_CONFIG=str(named)).server.workers == 1


def test_every_type_is_read_from_the_environment() -> None:
    environ = {
        "IM_LOG_REQUESTS": "Yes",
        "IM_DELIVERY_SWEEP_SECONDS": "2",
        "IM_SERVER_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8",
    }
    settings = load_settings(environ=environ)
    assert settings.log.requests is True
    assert settings.delivery.sweep_seconds == 2.0
    assert settings.server.trusted_proxies == ("127.0.0.1", "10.0.0.0/8")


def test_an_unknown_variable_is_refused_with_the_nearest_name() -> None:
    assert (
        refusal(IM_SERVER_WORKER="2")
        == "there is no setting IM_SERVER_WORKER; did you mean IM_SERVER_WORKERS?"
    )


def test_an_unknown_key_or_section_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    assert "did you mean server.workers?" in file_refusal(tmp_path, "[server]\nworkes = 2\n")
    assert "did you mean server?" in file_refusal(tmp_path, "[sever]\nworkers = 2\n")


@pytest.mark.parametrize(
    ("variable", "value", "right"),
    [
        ("IM_SERVER_BIND", "8080", "127.0.0.1:8080"),
        ("IM_SERVER_BIND", "localhost:70000", "127.0.0.1:8080"),
        ("IM_SERVER_BIND", "", "127.0.0.1:8080"),
        ("IM_SERVER_WORKERS", "two", "a whole number"),
        ("IM_SERVER_WORKERS", "0", "1 to 256"),
        ("IM_SERVER_PUBLIC_URL", "https://im.example.com/chat", "https://im.example.com"),
        ("IM_SERVER_PUBLIC_URL", "http://[bad", "https://im.example.com"),
        ("IM_SERVER_TRUSTED_PROXIES", "proxy.example.com", "10.0.0.0/8"),
        ("IM_STORE_URL", "postgres://localhost/im", "sqlite:///"),
        ("IM_STORE_URL", "mysql://localhost:99999999/im", "mysql://"),
        ("IM_CACHE_URL", "redis://localhost", "memcached://"),
        ("IM_CACHE_PREFIX", "a b", "1 to 16"),
        ("IM_DELIVERY_SWEEP_SECONDS", "nan", "0.05 to 60"),
        ("IM_LIMITS_MESSAGES_PER_MINUTE", "-1", "0 (off)"),
        ("IM_BUS_FOLDER", "/" + "x" * 90, "80 bytes"),
        ("IM_DEMO_ENABLED", "maybe", '"auto", "on", "off"'),
        ("IM_LOG_REQUESTS", "2", "true or false"),
    ],
)
def test_a_wrong_value_is_refused_with_what_would_be_right(variable: str, value: str, right: str) -> None:
    text = refusal(**{variable: value})
    assert text.startswith(f"{variable} is ")
    assert right in text


@pytest.mark.parametrize(
    "text",
    [
        '[server]\nworkers = "2"\n',
        "[server]\nworkers = true\n",
        "[server]\nworkers = 2.5\n",
        "[server]\ntrusted_proxies = [1]\n",
        "[server]\nbind = 8080\n",
        "[log]\nrequests = 1\n",
    ],
)
def test_a_value_of_another_type_is_refused(tmp_path: Path, text: str) -> None:
    assert "it must be " in file_refusal(tmp_path, text)


@pytest.mark.parametrize("content", [b"[server", b"server = 3\n", b"\xff\xfe"])
def test_a_broken_file_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match="broken"):
        load_settings(environ={}, config_path=path)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: cannot be read"):
        load_settings(environ={}, config_path=tmp_path / "none.toml")


def test_a_password_in_a_wrong_url_is_not_shown() -> None:
    assert "hunter2" not in refusal(IM_STORE_URL="mysq://im:hunter2@localhost/im")


@pytest.mark.parametrize(
    "environ",
    [
        {"IM_DELIVERY_POLL_MIN_SECONDS": "30"},
        {"IM_PRESENCE_DEAD_SECONDS": "5"},
        {"IM_SERVER_GRACEFUL_SECONDS": "10"},
    ],
)
def test_values_that_contradict_each_other_are_refused(environ: dict[str, str]) -> None:
    assert " must " in refusal(**environ)


@pytest.mark.parametrize(
    ("bind", "is_loopback"),
    [
        ("127.0.0.1:1", True),
        ("127.9.9.9:1", True),
        ("[::1]:1", True),
        ("localhost:1", True),
        ("0.0.0.0:1", False),
        ("[::]:1", False),
        ("192.168.1.2:1", False),
        ("im.example.com:1", False),
        ("unix:/run/im.sock", False),
    ],
)
def test_only_this_machine_can_reach_a_loopback_address(bind: str, is_loopback: bool) -> None:
    assert load_settings(environ={"IM_SERVER_BIND": bind}).is_loopback() is is_loopback


def test_stores_have_bus_folders_of_their_own() -> None:
    first = load_settings(environ={"IM_STORE_URL": "sqlite:///a.db"}).bus_folder()
    second = load_settings(environ={"IM_STORE_URL": "sqlite:///b.db"}).bus_folder()
    assert first != second
    assert len(str(first)) <= 80
    assert load_settings(environ={"IM_BUS_FOLDER": "/run/im"}).bus_folder() == Path("/run/im")
