"""Files in a bucket of Amazon's S3, or of anything that speaks its language; needs ``imserver[s3]``.

design: Everything goes through us and nothing through addresses of the bucket's own: it stays private, and
the headers that make a stranger's file harmless are ours. boto3 waits on patched sockets, so only the
greenlet that called waits.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from os import urandom
from pathlib import Path
from typing import Any, BinaryIO

import boto3
import gevent
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from imserver.errors import NotFound, ServiceError, Unavailable
from imserver.files.storage import PIECE_BYTES

CONNECT_SECONDS, READ_SECONDS, TRIES = 5, 30, 3
# A pool that is full opens another connection and drops it afterwards: nobody waits for a place.
CONNECTIONS_KEPT = 16
_ABSENT = {"NoSuchKey", "404", "NotFound"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Where the files are. Without ``key`` boto3 looks where it always does (environment, instance role)."""

    name: str
    prefix: str
    endpoint: str
    region: str
    key: str
    secret: str


class S3:
    """See ``Storage``."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=bucket.endpoint or None,
            region_name=bucket.region,
            aws_access_key_id=bucket.key or None,
            aws_secret_access_key=bucket.secret or None,
            config=_config(is_elsewhere=bool(bucket.endpoint)),
        )

    def put(self, place: str, path: Path) -> None:
        """Upload the file; S3 answers when it is durable, and shows no half of it."""
        with path.open("rb") as body:
            try:
                self._client.put_object(**self._key(place), Body=_Polite(body))
            except (ClientError, BotoCoreError) as error:
                raise _meant(error) from error

    def read(self, place: str, *, start: int, stop: int) -> Iterator[bytes]:
        """Ask for the bytes at once, and return them as they come."""
        if start >= stop:
            return iter(())
        try:
            answer = self._client.get_object(**self._key(place), Range=f"bytes={start}-{stop - 1}")
        except (ClientError, BotoCoreError) as error:
            raise _meant(error) from error
        return _pieces(answer["Body"])

    def delete(self, place: str) -> None:
        """Delete the object; S3 does not say whether there was one."""
        try:
            self._client.delete_object(**self._key(place))
        except (ClientError, BotoCoreError) as error:
            raise _meant(error) from error

    def note(self, line: bytes) -> None:
        """Keep it as an object of its own: S3 appends to none."""
        try:
            self._client.put_object(**self._note_key(urandom(16).hex()), Body=line)
        except (ClientError, BotoCoreError) as error:
            raise _meant(error) from error

    def notes(self) -> list[bytes]:
        """List those objects, and read each."""
        name, prefix = self._note_key("").values()
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=name, Prefix=prefix)
        try:
            keys = [each["Key"] for page in pages for each in page.get("Contents", ())]
            return [self._client.get_object(Bucket=name, Key=key)["Body"].read() for key in keys]
        except (ClientError, BotoCoreError) as error:
            raise _meant(error) from error

    def _note_key(self, name: str) -> dict[str, str]:
        return {"Bucket": self._bucket.name, "Key": f"{self._bucket.prefix}notes/{name}"}

    def _key(self, place: str) -> dict[str, str]:
        return {"Bucket": self._bucket.name, "Key": f"{self._bucket.prefix}{place[:2]}/{place}"}


def _config(*, is_elsewhere: bool) -> Config:
    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": TRIES, "mode": "standard"},
        max_pool_connections=CONNECTIONS_KEPT,
        # Others than Amazon seldom have a host name for each bucket, nor know its newest checksums.
        s3={"addressing_style": "path" if is_elsewhere else "auto"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )


def _pieces(body: Any) -> Iterator[bytes]:
    with closing(body):
        try:
            while piece := body.read(PIECE_BYTES):
                yield piece
        except (BotoCoreError, HTTPClientError) as error:
            raise _meant(error) from error


def _meant(error: ClientError | BotoCoreError) -> ServiceError:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    return NotFound() if code in _ABSENT else Unavailable("Files cannot be kept or read now.")


class _Polite:
    """A file that lets others run between its pieces: over plain http boto3 hashes all of it in one go."""

    def __init__(self, opened: BinaryIO) -> None:
        self._opened = opened

    def read(self, size: int = -1) -> bytes:
        gevent.sleep(0)
        return self._opened.read(size)

    def seek(self, place: int, whence: int = 0) -> int:
        return self._opened.seek(place, whence)

    def tell(self) -> int:
        return self._opened.tell()
