"""Records and lines of imports: what is cut where, and why something is refused."""

import gzip
import io
from pathlib import Path

import pytest

from imserver.commands.imports.lines import BadLine, RosterLine, UserLine, csv_reader, json_reader, moment_ms
from imserver.commands.imports.progress import Progress
from imserver.commands.imports.records import RECORD_BYTES, Record, Records, open_source
from imserver.commands.imports.refused import Refused
from imserver.errors import InvalidRequest


def cut(data: bytes, **place: int) -> list[Record]:
    return list(Records(io.BytesIO(data), quoted=True, **place))


def read_csv(data: bytes, kind: type = RosterLine) -> list[object]:
    records = cut(data)
    return [line for _, line in csv_reader(kind, records[0])(records[1:])]


def test_a_record_goes_on_inside_quotes() -> None:
    records = cut(b'a,"b\nc"\nd,e\n')
    assert [(r.line, r.lines, r.end, r.raw) for r in records] == [
        (1, 2, 8, b'a,"b\nc"\n'),
        (3, 1, 12, b"d,e\n"),
    ]


def test_quotes_that_are_never_closed_cost_one_line() -> None:
    records = cut(b'a,"b\nc,d\ne,f\n')
    assert [(r.line, r.raw, bool(r.fault)) for r in records] == [
        (1, b'a,"b\n', True),
        (2, b"c,d\n", False),
        (3, b"e,f\n", False),
    ]


def test_quotes_that_are_open_for_too_long_cost_one_line() -> None:
    body = b"c,d\n" * (RECORD_BYTES // 2)
    records = cut(b'a,"b\n' + body)
    assert records[0].fault
    assert b"".join(r.raw for r in records[1:]) == body


def test_a_line_that_is_too_long_is_not_held_and_the_next_is_found() -> None:
    records = cut(b"x" * (3 * RECORD_BYTES) + b"\na,b\n")
    assert [(r.line, bool(r.fault), r.end) for r in records] == [
        (1, True, 3 * RECORD_BYTES + 1),
        (2, False, 3 * RECORD_BYTES + 5),
    ]
    assert len(records[0].raw) < 1_000


def test_reading_goes_on_where_it_was() -> None:
    data = b'a,"b\nc"\nd,e\nf,g\n'
    first, *rest = cut(data)
    assert list(Records(io.BytesIO(data[first.end :]), quoted=True, offset=first.end, line=3)) == rest


def test_one_bad_record_spoils_no_other() -> None:
    lines = read_csv(b'user_id,friend_id\na,b\n\xff,c\nd\n\n"x"y,z\nf,g,h\n,b\ni,"j\nk"\n')
    assert [line if isinstance(line, RosterLine) else str(line) for line in lines] == [
        RosterLine("a", "b"),
        "not UTF-8",
        "1 cells instead of 2",
        "',' expected after '\"'",
        "3 cells instead of 2",
        "Expected `str` of length >= 1 - at `$.user_id`",
        RosterLine("i", "j\nk"),
    ]


def test_good_records_are_the_same_beside_a_bad_one_and_without() -> None:
    good = b"user_id,friend_id,created_at\na,b,1700000000\n" + "ä,ö,2023-11-14\n".encode() + b'"c\n","d",\n'
    alone, beside = read_csv(good), read_csv(good + b"e\n")
    assert alone == beside[:3]
    assert alone[::2] == [RosterLine("a", "b", "1700000000"), RosterLine("c\n", "d", "")]
    assert isinstance(beside[3], BadLine)


def test_lists_and_truths_of_csv_are_understood() -> None:
    lines = read_csv(b"name,user_id,roles,moderator\nAda,1,staff|vip,true\nBob,2,,0\n", UserLine)
    assert lines == [UserLine("1", "Ada", roles=("staff", "vip"), moderator=True), UserLine("2", "Bob")]
    (grouped,) = read_csv(b"name,user_id,groups\nAda,1,choir|garden\n", UserLine)
    assert (grouped.groups, lines[0].groups) == (("choir", "garden"), None)


@pytest.mark.parametrize(
    "header", [b"user_id\n", b"user_id,friend_id,colour\n", b"user_id,friend_id,user_id\n"]
)
def test_wrong_columns_are_refused_at_once(header: bytes) -> None:
    with pytest.raises(InvalidRequest, match="user_id, friend_id and, if you like, created_at"):
        csv_reader(RosterLine, cut(header)[0])


def test_json_lines_say_what_is_wrong_with_them() -> None:
    data = b'{"user_id":"a","friend_id":"b"}\n{"user_id":1,"friend_id":"b"}\n'
    data += b'{"user_id":"a"}\nno\n\n{"a":"\xff"}\n'
    lines = [line for _, line in json_reader(RosterLine)(list(Records(io.BytesIO(data), quoted=False)))]
    assert lines[0] == RosterLine("a", "b")
    assert all(isinstance(line, BadLine) for line in lines[1:])
    assert len(lines) == 5
    assert "Expected `str`, got `int`" in str(lines[1])
    assert "`friend_id`" in str(lines[2])


@pytest.mark.parametrize(
    ("moment", "ms"),
    [
        (1_700_000_000, 1_700_000_000_000),
        ("1700000000", 1_700_000_000_000),
        (1_700_000_000_123, 1_700_000_000_123),
        ("2023-11-14T22:13:20Z", 1_700_000_000_000),
        ("2023-11-14 22:13:20", 1_700_000_000_000),
        ("2023-11-14T23:13:20+01:00", 1_700_000_000_000),
        ("", 0),
    ],
)
def test_times_are_understood_in_three_ways(moment: int | str, ms: int) -> None:
    assert moment_ms(moment) == ms


@pytest.mark.parametrize("moment", ["yesterday", "14/11/2023", -1, "9" * 30])
def test_other_times_are_refused(moment: int | str) -> None:
    with pytest.raises(BadLine):
        moment_ms(moment)


def test_a_compressed_file_is_known_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(gzip.compress(b"a,b\nc,d\n"))
    with open_source(str(path), stdin=io.BytesIO()) as source:
        assert source.stream.read() == b"a,b\nc,d\n"
        assert source.position() == source.total_bytes == path.stat().st_size


def test_refused_lines_that_were_not_committed_are_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "refused.csv"
    refused = Refused(path, is_csv=True)
    kept = refused.write([(Record(7, 0, b'a,"b\xff\n'), "not UTF-8")])
    refused.write([(Record(8, 0, b"never\n"), "never committed")])
    refused.close()
    again = Refused(path, is_csv=True, length=kept)
    again.write([(Record(9, 0, b"c\n"), "1 cells instead of 2")])
    again.close()
    assert path.read_text() == 'line,reason,text\n7,not UTF-8,"a,""b\ufffd"\n9,1 cells instead of 2,c\n'


def test_without_refused_lines_there_is_no_file(tmp_path: Path) -> None:
    refused = Refused(tmp_path / "refused.csv", is_csv=True)
    assert refused.write([]) == 0
    refused.close()
    assert not (tmp_path / "refused.csv").exists()


def test_progress_says_how_fast_and_how_long_still() -> None:
    times = iter([0.0, 2.0])
    progress = Progress(io.StringIO(), total_bytes=400, clock=lambda: next(times))
    line = progress.line(at_bytes=100, rows=50_000, refused=3)
    assert line == "[######                  ]  25%  50,000 rows  25,000/s  3 refused  ETA 0:00:06"
