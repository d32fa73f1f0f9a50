"""One finding code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """What a finding of this code means, with an example of a rule file, or of a folder."""

    title: str
    means: str
    wrong: str
    right: str
