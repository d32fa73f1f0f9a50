"""The compiled form of the core, when `make compile` made one of just these sources.

A compiled form lies in a folder that is named by the digest of what was compiled. Sources that
were edited since have another digest, so that an outdated form is never found.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import is_dataclass
from importlib import import_module
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any, Final

ENGINE: Final = Path(__file__).resolve().parents[1]
FORMS: Final = ENGINE.parent / "build" / "compiled"
"""Where compiled forms lie in a checkout; an installed package has none."""

UNAVAILABLE: Final = 3
"""The exit code where something could not be loaded; see `sconto.cli.exit_codes`."""

WANTED: Final = os.environ.get("SCONTO_CORE", "")
"""`plain` asks for plain Python; `compiled` asks for the compiled form, and accepts nothing else.
Otherwise the compiled form is used where there is one."""


def compiled_modules(engine: Path) -> list[Path]:
    """The sources that are compiled: the pure core."""
    return sorted((engine / "sconto/domain").rglob("*.py"))


def digest(engine: Path) -> str:
    """A digest of what is compiled, of what it imports of ours, and of the kind of Python."""
    import hashlib  # noqa: PLC0415 - every command pays for the imports of this module

    of = hashlib.sha256(EXTENSION_SUFFIXES[0].encode())
    for source in (*compiled_modules(engine), engine / "sconto/errors.py"):
        content = source.read_bytes()
        of.update(f"\n{source.relative_to(engine)} {len(content)}\n".encode())
        of.update(content)
    return of.hexdigest()


def form_of(engine: Path, forms: Path) -> Path | None:
    """The folder with the compiled form of these very sources; None when there is none."""
    if not forms.is_dir():
        return None
    form = forms / digest(engine)
    return form if form.is_dir() else None


def chosen_form(wanted: str, engine: Path, forms: Path) -> Path | None:
    """The compiled form to use; None for plain Python."""
    if wanted not in {"", "plain", "compiled"}:
        raise ImportError(f"SCONTO_CORE is `{wanted}`, which is neither plain nor compiled")
    if wanted == "plain":
        return None
    form = form_of(engine, forms)
    if form is None and wanted == "compiled":
        raise ImportError("the core is not compiled from these sources: run `make compile`")
    return form


def let_values_be_copied(package: str, path: Iterable[str]) -> None:
    """Teach the frozen dataclasses of a compiled *package* to be unpickled and copied.

    Both set an object's fields one by one, which a frozen one allows only to itself.
    """
    from pkgutil import iter_modules  # noqa: PLC0415 - see `digest`

    for found in iter_modules(path):
        for value in vars(import_module(f"{package}.{found.name}")).values():
            if isinstance(value, type) and is_dataclass(value):
                value.__setstate__ = _set_state  # type: ignore[attr-defined]


def _set_state(value: object, state: Mapping[str, Any]) -> None:
    for name, content in state.items():
        object.__setattr__(value, name, content)


def _core() -> Path | None:
    try:
        return chosen_form(WANTED, ENGINE, FORMS)
    except ImportError as error:
        # Nothing of Sconto is imported yet that could say it, and nobody should see a traceback.
        sys.stderr.write(f"error: {error}\n")
        raise SystemExit(UNAVAILABLE) from None


CORE: Final = _core()
"""The compiled form that this process uses; None for plain Python."""
