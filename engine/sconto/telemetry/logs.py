"""The server's log on standard error: text for people, or one JSON object a line for programs."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any, Final

FIELDS: Final = (
    *("time", "level", "logger", "process", "message", "error", "stack"),
    *("method", "incident"),
)
"""All that a line of JSON may say. Nothing that a caller sent is among it."""
EXTRA: Final = ("method", "incident")
"""What a logging call may give as `extra`; other things are left out."""


class JsonLines(logging.Formatter):
    """One object a line, with no field but FIELDS.

    Of an exception it says the type and where it was raised: its message may quote what was sent.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line of *record*."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in EXTRA if hasattr(record, name)}
        if record.exc_info and record.exc_info[0]:
            frames = traceback.extract_tb(record.exc_info[2])
            line["error"] = record.exc_info[0].__name__
            line["stack"] = [f"{f.filename}:{f.lineno} {f.name}" for f in frames]
        return json.dumps(line, ensure_ascii=False)


def set_up_logs(form: str) -> None:
    """Have this process log in *form*: `json`, or `text`, which is what Python does by itself."""
    if form == "text":
        return
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("sconto").setLevel(logging.INFO)
