"""The Procfile, run for real: MariaDB, memcached and the messenger from a copy of the repository."""

import pymysql
import pytest

from tests import services
from tests.procfile import Procfile
from tests.services import wait_until


@pytest.mark.limit(seconds=120)
def test_it_runs_the_real_thing_and_ends_all_of_it() -> None:
    running = Procfile()
    try:
        running.start()
        wait_until(lambda: "/demo?user=bob" in running.log.read_text(), what="the addresses are printed")
        assert f"imserver is ready: {running.url}\n" in running.log.read_text()
        database = pymysql.connect(
            unix_socket=str(running.folder / "var" / "my.sock"), user="root", database="imserver"
        )
        with database, database.cursor() as cursor:
            cursor.execute("SELECT count(*), @@innodb_flush_log_at_trx_commit FROM sites")
            assert cursor.fetchone() == (1, 1)
        said = services.exchange(running.folder / "var" / "mc.sock", b"version\r\n")
        assert said.startswith(b"VERSION")
    finally:
        running.stop()
    wait_until(running.are_services_gone, seconds=20)
