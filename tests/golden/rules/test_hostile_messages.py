"""Files that are no rules at all, or try to be more: each gives exactly its reviewed message.

After a wanted change: `UPDATE_GOLDEN=1 pytest tests/golden/rules`, then read the diff.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from golden_rules import GOOD, write
from hostile_files import FILES
from sconto.rulebook.findings import as_text
from sconto.rulebook.loader import lint

HERE = Path(__file__).parent


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "offers/pipe.yaml")


def _device(folder: Path) -> None:
    (folder / "offers/zero.yaml").symlink_to("/dev/zero")


def _folder(folder: Path) -> None:
    (folder / "offers/brie.yaml").mkdir()


def _shop_is_a_pipe(folder: Path) -> None:
    (folder / "shop.yaml").unlink()
    os.mkfifo(folder / "shop.yaml")


def _circular_link(folder: Path) -> None:
    (folder / "offers/a.yaml").symlink_to("b.yaml")
    (folder / "offers/b.yaml").symlink_to("a.yaml")


def _dangling_link(folder: Path) -> None:
    (folder / "offers/gone.yaml").symlink_to("nowhere.yaml")


def _link_to_a_folder(folder: Path) -> None:
    (folder / "more").symlink_to("offers")


PLACES = {
    "pipe": _pipe, "device": _device, "folder_named_as_a_file": _folder,
    "shop_is_a_pipe": _shop_is_a_pipe, "circular_link": _circular_link,
    "dangling_link": _dangling_link, "link_to_a_folder": _link_to_a_folder,
}  # fmt: skip
"""Name of the mistake -> what makes it."""


def _compare(name: str) -> None:
    actual = as_text(lint([Path("rules")]))
    golden = HERE / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(actual, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == actual
    assert actual


@pytest.fixture(autouse=True)
def _in_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("rules"), GOOD)


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_explained(name: str) -> None:
    """Whatever the bytes, the finding says where, what and what to do, in one line each."""
    file, raw = FILES[name]
    Path("rules", file).write_bytes(raw)
    _compare(name)


@pytest.mark.parametrize("name", PLACES)
def test_what_is_no_file_is_explained(name: str) -> None:
    """Pipes, devices, folders and links are named for what they are, and never opened."""
    make: Callable[[Path], None] = PLACES[name]
    make(Path("rules"))
    _compare(name)


def test_a_file_that_may_not_be_read_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's reason is told; the superuser, as whom tests may run, may read everything."""
    opened = os.open

    def forbidding(path: str, flags: int) -> int:
        if Path(path).name == "cheese.yaml":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return opened(path, flags)

    monkeypatch.setattr("sconto.rulebook.read.folder.os.open", forbidding)
    _compare("may_not_be_read")


def test_good_files_in_other_clothes_are_good() -> None:
    """A byte order mark, Windows line ends and hidden copies of editors are no mistakes."""
    for name, text in GOOD.items():
        Path("rules", name).write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    Path("rules/offers/.cheese.yaml.swp").write_bytes(b"\0")
    assert as_text(lint([Path("rules")])) == ""
