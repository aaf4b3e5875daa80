"""The templates in conf/: whoever reads them takes them, and what they name exists."""

import json
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from imserver.settings import ROOT
from tests.app.served import Server, Wire, meet, poll_bytes, request_bytes, serving
from tests.services import require_program

CONF = ROOT / "conf"
NAME = re.compile(r"\bimserver_[a-z_]+")
OPERATIONS = ROOT / "docs" / "operations.md"


def alerts() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((CONF / "prometheus/alerts.yml").read_text())["groups"]
    return list(group["rules"])


def panels() -> list[dict[str, Any]]:
    return list(json.loads((CONF / "grafana/imserver.json").read_text())["panels"])


def expressions() -> list[str]:
    """Return everything that the dashboard and the rules ask Prometheus."""
    shown = [target["expr"] for panel in panels() for target in panel["targets"]]
    return [*shown, *(alert["expr"] for alert in alerts())]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(server_workers=2) as server:
        yield server


@pytest.fixture(scope="module")
def exported(server: Server) -> str:
    """Return /metrics after something of each kind has happened."""
    pair = meet(server)
    pair.send("hello")
    with Wire(server.port) as wire:
        wire.write(poll_bytes(pair.bob, "99.00000000", wait=False), request_bytes("GET", "/v1/state"))
        assert [wire.answer().status for _ in range(2)] == [200, 401]
        return wire.ask("GET", "/metrics").body.decode()


def test_dashboard_and_alerts_ask_only_for_what_there_is(exported: str) -> None:
    there = set(re.findall(r"^(imserver_[a-z_]+)", exported, re.MULTILINE))
    asked = {name for expression in expressions() for name in NAME.findall(expression)}
    assert len(asked) > 15
    assert asked - there == set()
    labels = {"reset": "reason", "errors": "status", "requests": "route"}
    for name, label in labels.items():
        assert re.search(rf"^imserver_{name}\w*_total{{{label}=", exported, re.MULTILINE)


def test_the_dashboard_has_a_place_and_a_word_for_each_panel() -> None:
    assert len({panel["id"] for panel in panels()}) == len(panels()) > 10
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels()}
    assert len(places) == len(panels())
    assert all(
        panel["description"] and panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels()
    )


def test_the_runbook_says_what_to_do_about_each_alert() -> None:
    told = set(re.findall(r"^### (Imserver\w+)$", OPERATIONS.read_text(), re.MULTILINE))
    assert told == {alert["alert"] for alert in alerts()}
    for alert in alerts():
        assert alert["labels"]["severity"] in {"page", "ticket"}
        assert alert["annotations"]["summary"]


def test_prometheus_is_told_where_the_rules_are() -> None:
    config = yaml.safe_load((CONF / "prometheus/imserver.yml").read_text())
    (job,) = config["scrape_configs"]
    assert (job["job_name"], job["static_configs"][0]["targets"]) == ("imserver", ["127.0.0.1:8080"])
    assert all('job="imserver"' in alert["expr"] for alert in alerts() if "up{" in alert["expr"])


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "imserver.service"
    text = (CONF / "imserver.service").read_text()
    unit.write_text(text.replace("/opt/imserver", str(ROOT)))
    analyze = shutil.which("systemd-analyze")
    if analyze is not None:
        done = subprocess.run([analyze, "verify", unit], capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
    # Where there is no systemd at least every line is a section, a comment or an assignment, once.
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", "["))]
    keys = [line.partition("=")[0] for line in lines]
    assert all("=" in line for line in lines)
    assert len(set(keys)) == len(keys) > 20


def test_logrotate_takes_its_file(tmp_path: Path) -> None:
    log = tmp_path / "imserver.log"
    log.write_text("a line\n")
    tmp_path.chmod(0o700)
    me = pwd.getpwuid(os.getuid()).pw_name
    config = tmp_path / "logrotate.conf"
    text = (CONF / "logrotate.conf").read_text()
    config.write_text(
        text.replace("/var/log/imserver", str(tmp_path)).replace("su imserver imserver", f"su {me} {me}")
    )
    config.chmod(0o600)
    command = [require_program("logrotate"), "--force", "--state", str(tmp_path / "state"), str(config)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
    assert log.read_text() == ""
    assert (tmp_path / "imserver.log.1").read_text() == "a line\n"


@pytest.mark.parametrize(
    "name", ["my.cnf", "memcached.conf", "sysctl.conf", "turnserver.conf", "logrotate.conf", "limits.conf"]
)
def test_every_line_stands_under_a_reason(name: str) -> None:
    reasons, is_explained = 0, False
    for line in map(str.strip, (CONF / name).read_text().splitlines()):
        if line.startswith("# "):
            reasons += 1
            is_explained = True
        elif not line:
            is_explained = False
        elif not line.startswith(("[", "#", "/", "}")):
            assert is_explained, f"{name}: {line}"
    assert reasons > 2
