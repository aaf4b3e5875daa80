"""The record of what was done on a site: appended to by many, changed by nobody unseen."""

import json

import gevent
import pytest

from imserver.errors import InvalidRequest
from imserver.store import Store
from imserver.store.audit import append
from imserver.store.statements import MYSQL, SQLITE, load_texts
from tests.store.town import Town


def write(town: Town, act: str, *, about: str = "bob", **detail: object) -> int:
    return town.store.audit.append(
        site_id=town.site_id, actor="owner:eve@town.example", act=act, about=about, detail=detail
    )


def tamper(town: Town, sql: str) -> None:
    """Do what somebody with the database's password can do."""
    town.store.database.write(lambda tx: tx.script(sql.replace("SITE", town.site_id)))


def test_entries_are_read_as_they_were_written(town: Town) -> None:
    assert [write(town, "ban.added", until=5, reason="späm 😀"), write(town, "ban.lifted", about="cyd")] == [
        1,
        2,
    ]
    latest, first = town.store.audit.page(town.site_id)
    assert (latest.n, latest.act, latest.about, latest.detail) == (2, "ban.lifted", "cyd", {})
    assert (first.actor, first.detail) == ("owner:eve@town.example", {"until": 5, "reason": "späm 😀"})
    assert first.created_at == town.clock.now_ms
    assert [entry.n for entry in town.store.audit.page(town.site_id, about="bob")] == [1]
    assert [entry.n for entry in town.store.audit.page(town.site_id, before=2)] == [1]


def test_a_record_as_it_was_written_is_whole(town: Town) -> None:
    assert town.store.audit.verify(town.site_id).count == 0
    for n in range(5):
        write(town, "report.viewed", n=n)
    verdict = town.store.audit.verify(town.site_id)
    assert (verdict.broken, verdict.count) == (None, 5)
    assert verdict.last_hash == town.store.audit.page(town.site_id)[0].hash


@pytest.mark.parametrize(
    ("sql", "broken", "reason"),
    [
        ("UPDATE audit SET actor = 'somebody else' WHERE site_id = 'SITE' AND n = 2", 2, "was changed"),
        ("UPDATE audit SET created_at = created_at + 1 WHERE site_id = 'SITE' AND n = 3", 3, "was changed"),
        ("UPDATE audit SET detail = 'no json' WHERE site_id = 'SITE' AND n = 1", 1, "was changed"),
        ("DELETE FROM audit WHERE site_id = 'SITE' AND n = 2", 2, "is missing"),
        ("DELETE FROM audit WHERE site_id = 'SITE' AND n = 4", 4, "is missing"),
        ("DELETE FROM audit WHERE site_id = 'SITE'", 1, "is missing"),
        ("UPDATE audit SET n = n + 10 WHERE site_id = 'SITE' AND n = 4", 4, "is missing"),
    ],
)
def test_the_first_entry_that_is_not_as_it_was_written_is_named(
    town: Town, sql: str, broken: int, reason: str
) -> None:
    for n in range(4):
        write(town, "report.viewed", n=n)
    tamper(town, sql)
    verdict = town.store.audit.verify(town.site_id)
    assert (verdict.broken, verdict.reason, verdict.count) == (broken, reason, broken - 1)


def test_an_entry_of_another_site_does_not_fit_into_the_chain(town: Town) -> None:
    other = Town(town.store, town.clock)
    write(town, "ban.added")
    write(other, "ban.added")
    tamper(town, "DELETE FROM audit WHERE site_id = 'SITE'")
    tamper(town, f"UPDATE audit SET site_id = 'SITE' WHERE site_id = '{other.site_id}'")
    assert town.store.audit.verify(town.site_id).broken == 1


def test_appends_of_one_moment_on_two_workers_keep_the_chain(town: Town, second_store: Store) -> None:
    jobs = [
        gevent.spawn(
            store.audit.append, site_id=town.site_id, actor="a", act="report.viewed", detail={"n": n}
        )
        for n in range(12)
        for store in (town.store, second_store)
    ]
    gevent.joinall(jobs, raise_error=True)
    assert sorted(job.value for job in jobs) == list(range(1, 25))
    assert town.store.audit.verify(town.site_id).count == 24


def test_an_entry_is_as_much_there_as_what_it_tells_of(town: Town) -> None:
    def work(tx: object) -> None:
        append(tx, site_id=town.site_id, actor="a", act="ban.added", about="bob", now=1)  # type: ignore[arg-type]
        raise KeyError

    with pytest.raises(KeyError):
        town.store.database.write(work)
    assert town.store.audit.page(town.site_id) == []
    assert write(town, "ban.added") == 1


def test_what_does_not_fit_is_refused(town: Town) -> None:
    for about, detail in (("b" * 129, {}), ("bob", {"text": "x" * 9_000})):
        with pytest.raises(InvalidRequest):
            write(town, "ban.added", about=about, **detail)
    assert town.store.audit.page(town.site_id) == []


def test_no_statement_of_ours_changes_or_deletes_an_entry() -> None:
    for dialect in (SQLITE, MYSQL):
        texts = load_texts(dialect)
        # With a whole site its record goes, too.
        assert texts.pop("erase_site_audit")
        for name, sql in texts.items():
            words = " ".join(sql.lower().split())
            assert not any(f"{verb} audit " in words for verb in ("update", "delete from", "replace into")), (
                name
            )


def test_the_detail_is_kept_in_one_spelling(town: Town) -> None:
    write(town, "rules.changed", b=1, a=[2, 3])
    rows = town.store.database.read(lambda tx: tx.rows("page_audit", site_id=town.site_id, before=9, limit=1))
    assert rows[0][5] == '{"a":[2,3],"b":1}' == json.dumps({"a": [2, 3], "b": 1}, separators=(",", ":"))
