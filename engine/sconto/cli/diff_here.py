"""Comparing two editions of rules: from folders, git revisions and the rulesets kept in a log."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path, PurePosixPath
from posixpath import normpath
from tempfile import TemporaryDirectory
from typing import Any, Final

from sconto.cli.bundles import read_bundle
from sconto.cli.exits import Exit, Failure
from sconto.cli.log_files import open_log
from sconto.cli.output import print_json, print_lines
from sconto.rulebook.diff.compare import Diff, differences
from sconto.rulebook.diff.said import CAPS
from sconto.rulebook.edition import Edition, edition_in, edition_of

_DIGEST: Final = re.compile(r"(sha256:)?[0-9a-f]{64}")
_REVISION: Final = re.compile(r"(?P<revision>[^:\s-][^:\s]*):(?P<path>[^:\s-][^:\s]*)")
_PACKS: Final = re.compile(rb"^legal_packs:\s*[\"']?(?P<folder>[^\s\"'#]+)", re.MULTILINE)


def compared(old: str, new: str, data: Path) -> Diff:
    """What changes from the rules *old* to the rules *new*, each as the command names them."""
    return differences(_edition(old, data), _edition(new, data))


def _edition(named: str, data: Path) -> Edition:
    if Path(named).is_dir():
        return edition_in(Path(named))
    if Path(named).is_file():
        bundle = read_bundle(Path(named))
        kept = bundle.documents
        return edition_of(kept) if kept else _kept(bundle.statement.digest, data)
    if _DIGEST.fullmatch(named):
        return _kept(named if named.startswith("sha256:") else f"sha256:{named}", data)
    found = _REVISION.fullmatch(named)
    if found is not None:
        return _revised(found["revision"], found["path"].rstrip("/"))
    advice = "name a folder, a bundle, `REVISION:FOLDER` of git, or a digest of a kept ruleset"
    raise Failure(f"there are no rules `{named}`", advice, Exit.UNAVAILABLE)


def _kept(digest: str, data: Path) -> Edition:
    with open_log(data) as (store, _):
        documents = store.ruleset_documents(digest)
    if documents is None:
        advice = "`sconto status` and every decision record name digests that were served"
        raise Failure(f"the log does not keep the ruleset `{digest}`", advice, Exit.REFUSED)
    return edition_of(documents)


def _revised(revision: str, path: str) -> Edition:
    """The edition in the folder *path* of git's *revision*, with the legal packs of its day."""
    wanted = [path]
    shop = _git("show", f"{revision}:{path}/shop.yaml")
    if packs := _PACKS.search(shop):
        wanted.append(normpath(PurePosixPath(path) / packs["folder"].decode("ascii", "replace")))
    archive = _git("archive", "--format=tar", revision, "--", *wanted)
    with TemporaryDirectory() as place, tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(place, filter="data")
        return edition_in(Path(place) / path)


def _git(*args: str) -> bytes:
    try:
        top = _run("rev-parse", "--show-toplevel", folder=None).decode().strip()
        return _run(*args, folder=top)
    except FileNotFoundError as error:
        raise Failure("git is not installed", "name folders instead", Exit.UNAVAILABLE) from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().splitlines() or ["it failed"]
        advice = "write it like `main:rules/retail`, from the top of the repository"
        raise Failure(f"git: {said[0]}", advice, Exit.UNAVAILABLE) from error


def _run(*args: str, folder: str | None) -> bytes:
    command = ["git", *args]
    return subprocess.run(command, capture_output=True, check=True, cwd=folder).stdout


def print_diff(found: Diff, form: str) -> None:
    """Print *found*: sentences by file, or everything as JSON with keys that stay."""
    if form == "json":
        print_json(_json(found))
        return
    print_lines(_text(found))


def _json(found: Diff) -> dict[str, Any]:
    changes = [
        {"kind": s.kind, "id": s.id, "file": s.file, "key": s.key, "sentence": s.sentence}
        for s in found.said
    ]
    same = found.before == found.after
    return {"old": found.before, "new": found.after, "same": same, "changes": changes}


def _text(found: Diff) -> Iterator[str]:
    if found.before == found.after:
        yield f"Nothing that matters changed: both are {found.after}."
        return
    for (kind, file), same in groupby(found.said, lambda s: (s.kind, s.file)):
        yield f"What follows from {file}" if kind == CAPS else file
        yield from (f"- {said.sentence}" for said in same)
        yield ""
    yield f"From {found.before}"
    yield f"to   {found.after}"
