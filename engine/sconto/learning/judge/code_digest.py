"""The code that a model is fitted with: a model that is fitted otherwise is another model."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_OURS: Final = "sconto.learning."
LIBRARIES: Final = ("torch", "lightgbm", "scikit-learn", "numpy")
"""Those that fit models."""


@lru_cache
def code_digest(module: str) -> str:
    """SHA-256 of *module*, of all that it imports of learning, and of the libraries' versions."""
    found = hashlib.sha256(repr([(name, version(name)) for name in LIBRARIES]).encode())
    for name, source in sorted(_sources(module).items()):
        found.update(f"\n{name}\n".encode() + source)
    return found.hexdigest()


def _sources(module: str) -> dict[str, bytes]:
    """The source of *module* and of the modules that it leads to, by name."""
    found: dict[str, bytes] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            continue
        found[name] = Path(spec.origin).read_bytes()
        waiting += _imported(found[name])
    return found


def _imported(source: bytes) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_OURS):
            yield str(node.module)
