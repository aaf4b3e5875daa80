"""What the doctor makes of a machine, shown to it as a folder."""

import json
import os
import socket
from pathlib import Path

import pytest

from imserver.commands.doctor import program
from imserver.commands.doctor.conffiles import read_assignments, read_limits
from imserver.commands.doctor.findings import Finding, Verdict, is_healthy, text
from imserver.commands.doctor.interpreter import look_at_python
from imserver.commands.doctor.machine import look_at_machine
from imserver.commands.doctor.services import look_at_services
from imserver.settings import ROOT, BusSettings, CacheSettings, ServerSettings, Settings
from tests.services import free_port, make_folder

CONF = ROOT / "conf"
GOOD_LIMITS = "Max open files            65536                65536                files"
GOOD_MEMORY = "MemTotal:       16000000 kB\nMemAvailable:   12000000 kB"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a machine that is just as conf/ wants it."""
    for wanted in read_assignments(CONF / "sysctl.conf"):
        put(tmp_path, wanted.key, wanted.value)
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/limits").write_text(f"Limit  Soft Limit  Hard Limit  Units\n{GOOD_LIMITS}\n")
    (tmp_path / "proc/meminfo").write_text(GOOD_MEMORY)
    return tmp_path


def put(root: Path, key: str, value: str) -> None:
    path = root / "proc/sys" / key.replace(".", "/")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value + "\n")


def look(root: Path, **server: int) -> dict[str, Finding]:
    settings = Settings(server=ServerSettings(**server))
    return {finding.name: finding for finding in look_at_machine(settings, root=root, conf=CONF)}


def test_a_machine_as_conf_wants_it_is_fine(root: Path) -> None:
    findings = look(root)
    assert len(findings) > 12
    assert {finding.verdict for finding in findings.values()} == {Verdict.FINE}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("net.ipv4.tcp_max_syn_backlog", "128"),
        ("net.unix.max_dgram_qlen", "10"),
        ("net.netfilter.nf_conntrack_max", "65536"),
        ("net.ipv4.tcp_syncookies", "0"),
        ("net.ipv4.tcp_keepalive_time", "7200"),
        ("net.ipv4.ip_local_port_range", "32768\t60999"),
        ("net.ipv4.tcp_rmem", "4096\t131072\t6291456"),
        ("net.ipv4.tcp_wmem", "4096 16384 100000"),
        ("fs.nr_open", "1024"),
    ],
)
def test_a_value_that_could_be_better_comes_with_its_reason_and_the_line_to_type(
    root: Path, key: str, value: str
) -> None:
    put(root, key, value)
    finding = look(root)[key]
    assert finding.verdict is Verdict.BETTER
    assert finding.found == " ".join(value.split())
    assert len(finding.reason) > 30
    wanted = {wanted.key: wanted.value for wanted in read_assignments(CONF / "sysctl.conf")}[key]
    assert finding.remedy.startswith(f'sysctl -w {key}="{wanted}"')


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("net.ipv4.tcp_keepalive_time", "30"),
        ("net.ipv4.ip_local_port_range", "1024 65535"),
        ("net.ipv4.tcp_tw_reuse", "2"),
        ("net.core.somaxconn", "65535"),
        ("net.ipv4.tcp_rmem", "4096 8192 16777216"),
    ],
)
def test_more_than_what_is_wanted_is_fine(root: Path, key: str, value: str) -> None:
    put(root, key, value)
    assert look(root)[key].verdict is Verdict.FINE


def test_a_backlog_that_the_kernel_cuts_is_wrong(root: Path) -> None:
    put(root, "net.core.somaxconn", "1024")
    assert look(root, backlog=1_024)["net.core.somaxconn"].verdict is Verdict.BETTER
    assert look(root, backlog=1_025)["net.core.somaxconn"].verdict is Verdict.WRONG


def test_what_a_container_does_not_see_is_passed_over(root: Path) -> None:
    (root / "proc/sys/net/netfilter/nf_conntrack_max").unlink()
    assert "net.netfilter.nf_conntrack_max" not in look(root)


@pytest.mark.parametrize(
    ("hard", "verdict"), [("65536", "fine"), ("20000", "better"), ("4096", "wrong"), ("unlimited", "fine")]
)
def test_open_files_are_judged_by_the_connections(root: Path, hard: str, verdict: str) -> None:
    (root / "proc/self/limits").write_text(GOOD_LIMITS.replace("65536", "1024", 1).replace("65536", hard))
    finding = look(root, connections=15_000)["open files of a process"]
    assert finding.verdict == verdict
    assert "descriptor" in finding.reason


def test_all_processes_need_room_for_a_reload(root: Path) -> None:
    put(root, "fs.file-max", "119999")
    finding = look(root, connections=15_000, workers=4)["open files of all processes"]
    assert finding.verdict is Verdict.WRONG
    put(root, "fs.file-max", "120000")
    assert look(root, connections=15_000, workers=4)["open files of all processes"].verdict is Verdict.FINE


def test_connections_that_do_not_fit_into_memory_are_wrong(root: Path) -> None:
    assert look(root, connections=1_000_000, workers=2)["memory"].verdict is Verdict.BETTER
    assert look(root, connections=1_000_000, workers=3)["memory"].verdict is Verdict.WRONG


def test_every_line_of_the_templates_has_a_reason() -> None:
    assignments = read_assignments(CONF / "sysctl.conf") + read_assignments(CONF / "my.cnf")
    assert len(assignments) > 25
    assignments += read_limits(CONF / "limits.conf")
    assert [wanted.key for wanted in assignments if not wanted.reason] == []


# -- what stands beside it


def services(**sections: object) -> dict[str, Finding]:
    return {finding.name: finding for finding in look_at_services(Settings(**sections))}


def test_an_address_that_somebody_else_has_is_wrong(root: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        bind = f"127.0.0.1:{other.getsockname()[1]}"
        finding = services(server=ServerSettings(bind=bind))[f"address {bind}"]
    assert (finding.verdict, "already" in finding.found) == (Verdict.WRONG, True)
    bind = f"127.0.0.1:{free_port()}"
    assert services(server=ServerSettings(bind=bind))[f"address {bind}"].verdict is Verdict.FINE


def test_a_memory_cache_is_for_one_worker() -> None:
    assert services(server=ServerSettings(workers=1))["cache"].verdict is Verdict.FINE
    assert services(server=ServerSettings(workers=2))["cache"].verdict is Verdict.BETTER


def test_a_cache_and_a_redis_that_are_away_are_wrong(tmp_path: Path) -> None:
    away = tmp_path / "away.sock"
    found = services(cache=CacheSettings(url=f"memcached://{away}"), bus=BusSettings(url=f"unix://{away}"))
    assert found[f"memcached {away}"].verdict is Verdict.WRONG
    assert found["Redis"].verdict is Verdict.WRONG
    assert "bus.url" in found["Redis"].remedy


def test_the_folder_of_the_bus_is_private_and_ours() -> None:
    folder = make_folder() / "bus"

    def verdict() -> Verdict:
        return services(bus=BusSettings(folder=str(folder)))["folder of the bus"].verdict

    assert verdict() is Verdict.FINE
    folder.mkdir(mode=0o700)
    assert verdict() is Verdict.FINE
    folder.chmod(0o750)
    assert verdict() is Verdict.WRONG
    folder.rmdir()
    folder.touch()
    assert verdict() is Verdict.WRONG


def test_a_proxy_that_is_not_trusted_is_wrong() -> None:
    public = ServerSettings(public_url="https://im.example.com")
    assert services(server=public)["proxy"].verdict is Verdict.WRONG
    trusting = ServerSettings(public_url="https://im.example.com", trusted_proxies=("127.0.0.1",))
    assert services(server=trusting)["proxy"].verdict is Verdict.FINE
    assert "proxy" not in services()


# -- what is said


FINE = Finding(name="a", verdict=Verdict.FINE, found="1", wanted="1", reason="r", remedy="x")
BETTER = Finding(name="b", verdict=Verdict.BETTER, found="1", wanted="2", reason="why so", remedy="do this")
WRONG = Finding(name="c", verdict=Verdict.WRONG, found="1")


def test_only_what_is_wrong_is_no_health() -> None:
    assert is_healthy([FINE, BETTER])
    assert not is_healthy([FINE, WRONG])


def test_the_worst_stands_last_and_the_sum_below() -> None:
    assert text([WRONG, BETTER, FINE]).splitlines() == [
        "fine    a: 1",
        "better  b: 1",
        "        should be: 2",
        "        why: why so",
        "        type: do this",
        "wrong   c: 1",
        "1 wrong, 1 better, 1 fine",
    ]


@pytest.mark.parametrize(("findings", "code"), [([FINE, BETTER], 0), ([WRONG], 1)])
def test_the_exit_code_is_for_programs(
    findings: list[Finding], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(program, "examine", lambda settings: iter(findings))
    monkeypatch.setattr(os, "environ", {"PATH": os.environ["PATH"]})
    monkeypatch.chdir(ROOT)
    assert program.main(["--json"]) == code
    said = json.loads(capsys.readouterr().out)
    assert [finding["verdict"] for finding in said] == [str(finding.verdict) for finding in findings]


def test_settings_that_are_refused_are_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "environ", {"PATH": os.environ["PATH"], "IM_SERVER_WORKERS": "many"})
    monkeypatch.chdir(ROOT)
    assert program.main([]) == 2
    assert capsys.readouterr().err.startswith("doctor: IM_SERVER_WORKERS")


def test_a_python_that_nobody_optimized_could_be_better() -> None:
    def verdict(prefix: str, arguments: str) -> list[str]:
        return [finding.verdict for finding in look_at_python(prefix=prefix, arguments=arguments)]

    assert verdict("/home/me/python", "'--prefix=/home/me/python' '--enable-shared'") == [Verdict.BETTER]
    assert verdict("/home/me/python", "'--enable-optimizations' '--with-lto'") == [Verdict.FINE]
    assert verdict("/usr", "'--enable-shared'") == [Verdict.FINE]
    assert verdict("/home/me/python", "") == []
