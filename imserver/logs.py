"""How log lines look: one JSON object, or one line of text. Neither has tokens or bodies in it."""

import json
import logging
import time
from typing import Any


class JsonFormatter(logging.Formatter):
    """One object per line: time, level, logger, process, message, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": _timestamp(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """One line for people; a line break inside a message cannot forge a second one."""

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        line = (
            f"{_timestamp(record)} {record.levelname.lower():7} [{record.process}] {record.name}: {message}"
        )
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


def _timestamp(record: logging.LogRecord) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"
