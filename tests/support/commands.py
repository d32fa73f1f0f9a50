"""`sconto` as the executable runs it, but in this process: what is tested is not its start."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from sconto.cli.main import main


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output read as JSON."""
        return json.loads(self.out)


def ran(*words: str | Path, stdin: str = "") -> Ran:
    """Run `sconto` with these *words* to its end."""
    out, err = _stream(), _stream()
    with redirect_stdout(out), redirect_stderr(err), mock.patch("sys.stdin", _stream(stdin)):
        code = main(list(map(str, words)))
    return Ran(code, _text(out), _text(err))


def _stream(text: str = "") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()
