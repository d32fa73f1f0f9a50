"""Which commit rule files were read from."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Origin:
    """A commit, and whether the files are just as it holds them."""

    commit: str
    """Empty outside of git."""
    dirty: bool


def origin_of(folders: Sequence[Path]) -> Origin:
    """Where the files in *folders* come from: the commit of the first, and whether all are in it.

    Files that git does not know, or is told to ignore, are in no commit either.
    """
    git = shutil.which("git")
    commit = _said(git, folders[0], "rev-parse", "--verify", "--quiet", "HEAD") if git else None
    if git is None or commit is None:
        return Origin("", dirty=True)
    changes = (_said(git, f, "status", "--porcelain", "--ignored", "--", ".") for f in folders)
    return Origin(commit, dirty=any(said != "" for said in changes))


def _said(git: str, folder: Path, *words: str) -> str | None:
    """What git says of *folder*; None when it is in no repository."""
    done = subprocess.run(
        [git, "-C", str(folder), *words], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None
