"""The changes between two editions of rules: from folders, git, bundles or a decision log."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from pathlib import Path, PurePosixPath
from posixpath import normpath
from tempfile import TemporaryDirectory
from typing import Final

from sconto.errors import Rejected, Unavailable
from sconto.offline.log import open_log
from sconto.rulebook.diff.compare import Diff, differences
from sconto.rulebook.edition import Edition, edition_in, edition_of
from sconto.signing.bundles import read_bundle

_DIGEST: Final = re.compile(r"(sha256:)?[0-9a-f]{64}")
_REVISION: Final = re.compile(r"(?P<revision>[^:\s-][^:\s]*):(?P<path>[^:\s-][^:\s]*)")
_PACKS: Final = re.compile(rb"^legal_packs:\s*[\"']?(?P<folder>[^\s\"'#]+)", re.MULTILINE)


def compare(old: str, new: str, data: Path) -> Diff:
    """The changes from the rules *old* to the rules *new*; a digest is looked up in *data*.

    Each is a folder, a bundle, `REVISION:FOLDER` of git, or a digest. Raises Rejected, Unavailable
    and InvalidRules.
    """
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
    raise Unavailable(f"there are no rules `{named}`", advice)


def _kept(digest: str, data: Path) -> Edition:
    with open_log(data) as (store, _):
        documents = store.ruleset_documents(digest)
    if documents is None:
        advice = "`sconto status` and every decision record name digests that were served"
        raise Rejected(f"the log does not keep the ruleset `{digest}`", advice)
    return edition_of(documents)


def _revised(revision: str, path: str) -> Edition:
    """The edition in the folder *path* at git's *revision*, with its legal packs."""
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
        raise Unavailable("git is not installed", "name folders instead") from error
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode("utf-8", "replace").strip().splitlines() or ["it failed"]
        advice = "write it like `main:rules/retail`, from the top of the repository"
        raise Unavailable(f"git: {lines[0]}", advice) from error


def _run(*args: str, folder: str | None) -> bytes:
    command = ["git", *args]
    return subprocess.run(command, capture_output=True, check=True, cwd=folder).stdout
