"""How log lines look: one JSON object, or one line of text. Neither has tokens or bodies in it.

Each line that is about a request has the request's id, which the answer to it names if it was an error: from
``current_request`` where one greenlet serves one request, else from ``extra=about(id)``.
"""

import json
import logging
import time
from contextvars import ContextVar
from typing import Any

# What the greenlet serves that runs now.
current_request: ContextVar[str] = ContextVar("current_request", default="")


def about(request_id: str) -> dict[str, str]:
    """Return the ``extra`` of a line about a request that is not the current one."""
    return {"request_id": request_id}


class JsonFormatter(logging.Formatter):
    """One object per line: time, level, logger, process, message; request and traceback if there are any."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": _timestamp(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if request_id := _request_id(record):
            fields["request_id"] = request_id
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """One line for people; a line break inside a message cannot forge a second one."""

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        request_id = _request_id(record)
        about_it = f" (request {request_id})" if request_id else ""
        place = f"[{record.process}] {record.name}"
        line = f"{_timestamp(record)} {record.levelname.lower():7} {place}: {message}{about_it}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


# At DEBUG these say what they carry: half a request, a frame with a session's secret, a signed address.
TALKATIVE = ("boto3", "botocore", "gunicorn.error", "PIL", "s3transfer", "urllib3", "websockets")


def logging_config(*, level: str, form: str) -> dict[str, Any]:
    """Return what ``logging.config.dictConfig`` takes: everything to standard error, in one form."""
    formatter = {"json": JsonFormatter, "text": TextFormatter}[form]
    to_root = {"handlers": [], "propagate": True}
    # A level of their own only where the root's would let them speak.
    held_back = TALKATIVE if level.upper() == "DEBUG" else ()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}
        },
        "root": {"level": level.upper(), "handlers": ["stderr"]},
        "loggers": {
            "gunicorn.error": {"level": level.upper(), **to_root},
            "gunicorn.access": {"level": "INFO", **to_root},
            **{name: {"level": "INFO", **to_root} for name in held_back},
        },
    }


def _request_id(record: logging.LogRecord) -> str:
    named: str | None = getattr(record, "request_id", None)
    return named or current_request.get()


def _timestamp(record: logging.LogRecord) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"
