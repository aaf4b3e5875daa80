"""bin/im migrate: what would run, and that asking changes nothing."""

from pathlib import Path

import pytest

from imserver.commands import im
from imserver.commands.migrate import effect_of, tables_of
from imserver.store.migrations import load_migrations
from imserver.store.statements import MYSQL, SQLITE


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("IM_CONFIG", "IM_STORE_URL"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "im.toml"
    path.write_text(f'[store]\nurl = "sqlite:///{tmp_path}/im.db"\n')
    return str(path)


def test_a_plan_names_every_statement_and_makes_nothing(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert im.main(["migrate", "--plan", "--config", config]) == 0
    printed = capsys.readouterr().out
    assert not (tmp_path / "im.db").exists()
    for migration in load_migrations(SQLITE):
        assert f"\n{migration.label}\n" in printed
        assert all(statement.splitlines()[0] in printed for statement in migration.statements)
    assert printed.rstrip().endswith("and so does starting the server")


def test_after_it_ran_there_is_nothing_left_to_plan(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert im.main(["migrate", "--config", config]) == 0
    assert "applied 0001_sites\n" in capsys.readouterr().out
    for words in (["migrate", "--plan"], ["migrate"]):
        assert im.main([*words, "--config", config]) == 0
        assert capsys.readouterr().out == "nothing is missing\n"


@pytest.mark.parametrize(
    ("statement", "effect", "tables"),
    [
        ("CREATE TABLE IF NOT EXISTS a (b INT)", "nobody waits", ["a"]),
        ("ALTER TABLE a ADD COLUMN b INT NOT NULL DEFAULT 0", "instant", ["a"]),
        ("ALTER TABLE a\n    ADD KEY b (c)", "writes go on", ["a"]),
        ("ALTER TABLE a MODIFY b INT", "may copy", ["a"]),
        ("CREATE INDEX b ON a (c)", "reads the whole table", ["a"]),
        ("DROP TABLE IF EXISTS a", "takes the table away", ["a"]),
        ("UPDATE a SET b = (SELECT c FROM d)", "stay locked", ["a", "d"]),
    ],
)
def test_what_a_statement_does_to_others_is_told(statement: str, effect: str, tables: list[str]) -> None:
    assert effect in effect_of(statement)
    assert tables_of(statement) == tables


def test_of_every_migration_it_is_known_what_it_does() -> None:
    for migration in load_migrations(MYSQL):
        for statement in migration.statements:
            assert effect_of(statement)
            assert tables_of(statement), statement
