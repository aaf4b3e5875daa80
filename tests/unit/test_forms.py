"""Plain forms: bounded in bytes, in time and in fields, whatever their sender says of their length."""

import io

import pytest
from flask import Flask

from imserver.errors import BodyTooLarge, InvalidRequest
from imserver.handlers.wire import read_form

LIMIT = 1_000


def read(body: bytes, **headers: str) -> dict[str, str]:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    with Flask("test").test_request_context(
        "/",
        method="POST",
        input_stream=io.BytesIO(body),
        headers=names,
        environ_overrides={"wsgi.input_terminated": True},
    ):
        return read_form(limit_bytes=LIMIT)


def test_a_form_is_read_and_the_first_of_a_name_counts():
    assert read(b"a=1&b=%C3%A9+x&c=&a=2") == {"a": "1", "b": "é x", "c": ""}
    assert read(b"") == {}


@pytest.mark.parametrize("kind", ["", "multipart/form-data; boundary=x", "application/json"])
def test_the_content_type_changes_nothing(kind):
    assert read(b"a=1", Content_Type=kind) == {"a": "1"}


def test_a_chunked_form_has_the_same_limit():
    class Endless(io.RawIOBase):
        count = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer) -> int:
            self.count += len(buffer)
            buffer[:] = b"a" * len(buffer)
            return len(buffer)

    body = Endless()
    environ = {"wsgi.input": body, "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    with (
        Flask("test").test_request_context("/", method="POST", environ_overrides=environ),
        pytest.raises(BodyTooLarge),
    ):
        read_form(limit_bytes=LIMIT)
    assert body.count <= 2 * LIMIT


@pytest.mark.parametrize("body", [b"a=" + b"x" * LIMIT, b"&".join([b"a=1"] * 250)])
def test_a_form_that_is_too_large_is_refused(body):
    with pytest.raises((BodyTooLarge, InvalidRequest)):
        read(body)


def test_a_form_that_is_no_text_is_refused():
    with pytest.raises(InvalidRequest):
        read(b"a=\xff\xfe")
