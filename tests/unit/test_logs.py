"""How log lines look."""

import json
import logging
import sys

from imserver.logs import TALKATIVE, JsonFormatter, TextFormatter, about, current_request, logging_config


def record(message: str, *, with_traceback: bool = False) -> logging.LogRecord:
    exc_info = None
    if with_traceback:
        try:
            raise KeyError("lost")
        except KeyError:
            exc_info = sys.exc_info()
    return logging.LogRecord("imserver.bus", logging.WARNING, __file__, 1, message, (), exc_info)


def test_a_json_line_is_one_object_on_one_line() -> None:
    line = JsonFormatter().format(record('a "quoted"\nbreak', with_traceback=True))
    fields = json.loads(line)
    assert "\n" not in line
    assert (fields["level"], fields["logger"]) == ("warning", "imserver.bus")
    assert fields["message"] == 'a "quoted"\nbreak'
    assert "KeyError: 'lost'" in fields["exception"]


def test_a_line_break_in_a_message_cannot_forge_a_line() -> None:
    assert len(TextFormatter().format(record("bad\r\n2026-01-01 info all is well")).splitlines()) == 1


def test_a_traceback_follows_the_text_line() -> None:
    assert "KeyError: 'lost'" in TextFormatter().format(record("oops", with_traceback=True))


def test_what_would_print_frames_and_requests_is_held_back_at_debug() -> None:
    loggers = logging_config(level="debug", form="text")["loggers"]
    assert {loggers[name]["level"] for name in TALKATIVE} == {"INFO"}
    loggers = logging_config(level="warning", form="text")["loggers"]
    assert loggers["gunicorn.error"]["level"] == "WARNING"
    assert not {"websockets", "botocore"} & set(loggers)


def test_a_line_says_which_request_it_is_about() -> None:
    told = record("it broke")
    token = current_request.set("")
    try:
        assert "request_id" not in json.loads(JsonFormatter().format(told))
        _say_of_requests(told)
    finally:
        current_request.reset(token)


def _say_of_requests(told: logging.LogRecord) -> None:
    token = current_request.set("one-that-runs")
    try:
        assert json.loads(JsonFormatter().format(told))["request_id"] == "one-that-runs"
        assert TextFormatter().format(told).endswith("it broke (request one-that-runs)")
        told.__dict__.update(about("another"))
        assert json.loads(JsonFormatter().format(told))["request_id"] == "another"
        # Of a connection that nobody has named there is only what the line itself says.
        told.__dict__.update(about(""))
        assert json.loads(JsonFormatter().format(told))["request_id"] == "one-that-runs"
    finally:
        current_request.reset(token)
