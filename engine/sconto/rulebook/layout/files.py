"""The files that a layout is for: which they are, where their schema is, and how they change."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sconto.rulebook.read.folder import CASES, RULES_SCHEMA, TESTS_SCHEMA


def yaml_files(path: Path) -> Iterator[Path]:
    """*path* itself, or every YAML file below it, sorted; hidden ones and links are left out."""
    if not path.is_dir():
        yield path
        return
    for folder, below, names in os.walk(path):
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(names):
            file = Path(folder, name)
            if file.suffix == ".yaml" and not name.startswith(".") and not file.is_symlink():
                yield file


def is_rule(path: Path) -> bool:
    """Whether *path* is a rule file; tests stand in a folder of their own and are none."""
    return path.absolute().parent.name != CASES


def schema_seen_from(path: Path) -> str | None:
    """The way from *path* to the closest schema above it, as a modeline says it, if any."""
    name = RULES_SCHEMA if is_rule(path) else TESTS_SCHEMA
    for above in path.absolute().parents:
        if (above / name).is_file():
            return Path(os.path.relpath(above / name, path.absolute().parent)).as_posix()
    return None


def replace_file(path: Path, data: bytes) -> None:
    """Make *data* what *path* holds, all at once; permissions stay."""
    target = path.resolve()
    # The name starts with a dot, so that a running server does not take it for a rule.
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), target.stat().st_mode & 0o7777)
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
