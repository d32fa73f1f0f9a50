"""One section of docs/lint.md."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Explained:
    """What a finding means, and an example of a rule file (or of a folder) with and without it."""

    means: str
    wrong: str
    right: str
