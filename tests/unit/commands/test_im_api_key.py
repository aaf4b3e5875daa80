"""bin/im site api-key: a key is printed once, listed without itself, and retired."""

from pathlib import Path

import pytest

from imserver.commands import im
from imserver.errors import WrongApiKey
from imserver.store import open_store


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Give a function that runs one command and returns its exit code and both outputs."""
    monkeypatch.setenv("IM_STORE_URL", f"sqlite:///{tmp_path}/im.db")
    monkeypatch.delenv("IM_CONFIG", raising=False)

    def run_one(*words: str) -> tuple[int, str, str]:
        code = im.main(["site", *words])
        out, err = capsys.readouterr()
        return code, out, err

    assert run_one("add", "Club", "--id", "club", "--origin", "https://club.example")[0] == 0
    return run_one


def test_a_key_is_made_listed_and_retired(run, tmp_path: Path) -> None:
    code, out, _ = run("api-key", "add", "club", "--label", "forum")
    assert code == 0
    key_id, key = (line.split()[-1] for line in out.splitlines())
    store = open_store(store_url=f"sqlite:///{tmp_path}/im.db")
    assert store.api_keys.require(key).site_id == "club"
    code, out, _ = run("api-key", "list", "club")
    assert (code, out.split("\t")[:2]) == (0, [key_id, "forum"])
    assert key not in out
    assert run("api-key", "retire", "club", key_id)[0] == 0
    with pytest.raises(WrongApiKey):
        store.api_keys.require(key)
    store.close()


def test_what_is_wrong_is_said_in_a_line(run) -> None:
    assert run("api-key", "add", "nowhere")[::2] == (1, "im: there is no site nowhere\n")
    assert run("api-key", "list", "nowhere")[0] == 1
    assert "with an API key a_1" in run("api-key", "retire", "club", "a_1")[2]
    assert run("api-key", "add", "club", "--label", "x" * 61)[0] == 1
    for _ in range(2):
        assert run("api-key", "add", "club")[0] == 0
    assert "retire one first" in run("api-key", "add", "club")[2]
