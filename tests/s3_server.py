"""A private S3, started on demand like the services of tests/services.py."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.services import Daemon, free_port

# boto3 takes a third of a second to be imported, which only those who use it shall wait for.
if TYPE_CHECKING:
    from imserver.files.s3 import Bucket


class Moto:
    """A private S3, with a bucket."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        self.daemon = Daemon("S3", command=command, is_ready=self.answers, log=folder / "moto.log")

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def bucket(self, **changed: str) -> "Bucket":
        from imserver.files.s3 import Bucket

        values = {"name": "files", "prefix": "im/", "endpoint": self.url, "region": "us-east-1"}
        return Bucket(**(values | {"key": "key", "secret": "secret"} | changed))

    def make_bucket(self) -> None:
        import boto3

        client = boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="key",
            aws_secret_access_key="secret",
        )
        client.create_bucket(Bucket="files")


@pytest.fixture(scope="session")
def moto(services_folder: Path) -> Iterator[Moto]:
    server = Moto(services_folder)
    server.daemon.start()
    server.make_bucket()
    yield server
    server.daemon.kill()


@pytest.fixture
def moto_settings(moto: Moto) -> dict[str, str]:
    """Give the settings of a server that keeps its files there."""
    return {
        "files_bucket": "files/served",
        "files_s3_endpoint": moto.url,
        "files_s3_key": "key",
        "files_s3_secret": "secret",
    }
