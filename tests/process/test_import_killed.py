"""An import that is killed goes on behind its last batch, and leaves no line out and none doubled."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from imserver.settings import ROOT
from imserver.store import open_store
from imserver.store.bulk_roster import count_rows
from tests.app.tables import read_rows
from tests.services import wait_until

# Five batches; one line in a thousand is bad.
LINES = 100_000


def start(url: str, roster: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(ROOT / "bin" / "im.py"), "import", "roster", str(roster), "--site", "town"]
    environ = {**os.environ, "IM_STORE_URL": url, "IM_CONFIG": os.devnull}
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.limit(seconds=60)
def test_a_killed_import_goes_on_where_it_was(tmp_path: Path) -> None:
    url, roster = f"sqlite:///{tmp_path}/im.db", tmp_path / "roster.csv"
    friends = (f"u{n // 100},{f'f{n}' if n % 1000 else f'u{n // 100}'}\n" for n in range(LINES))
    roster.write_text("user_id,friend_id\n" + "".join(friends))
    store = open_store(store_url=url)
    store.migrate()
    store.sites.insert_site(site_id="town", name="Town", origins=())

    def taken() -> int:
        return sum(row[0] for row in read_rows(url, "SELECT taken FROM imports"))

    killed = start(url, roster)
    wait_until(lambda: taken() or killed.poll() is not None)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    assert 0 < taken() < LINES
    assert store.database.read(lambda tx: count_rows(tx, "town")) == taken()
    again = start(url, roster)
    said, _ = again.communicate()
    assert again.returncode == 3, said
    good = LINES - LINES // 1000
    assert (taken(), store.database.read(lambda tx: count_rows(tx, "town"))) == (good, good)
    refused = (tmp_path / "roster.csv.refused.csv").read_text().splitlines()[1:]
    assert [int(line.partition(",")[0]) for line in refused] == list(range(2, LINES + 2, 1000))
    store.close()
