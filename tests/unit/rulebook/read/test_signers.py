"""The file of people: strict, and wrong ones are refused with the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from sconto.errors import InvalidRules
from sconto.rulebook.read.signers import load_people
from support.publishing import people, people_yaml, public_text

ANNA = f"""\
kind: people
people:
  - name: anna
    roles: [author]
    public_key: "{public_text("anna")}"
"""


def wrong(path: Path, text: str) -> list[str]:
    """Every finding of a file with *text*: line, column, code and message."""
    path.write_text(text)
    with pytest.raises(InvalidRules) as caught:
        load_people(path)
    return [f"{f.line}:{f.col} {f.code} {f.message}" for f in caught.value.findings]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "people.yaml"


def test_everybody_is_read(path: Path) -> None:
    """Names, roles and keys are those of the file."""
    path.write_text(people_yaml())

    assert people() == load_people(path)


def test_one_key_under_two_names_is_one_person(path: Path) -> None:
    """Otherwise somebody could approve their own rules."""
    text = ANNA + ANNA.partition("people:\n")[2].replace("anna", "ben")

    assert ["8:17 FIL-004 `ben` has the key of `anna`: two names don't make two persons"] == wrong(
        path, text
    )


def test_a_key_written_otherwise_is_the_same_key(path: Path) -> None:
    """The last character of base64 has bits that mean nothing."""
    key = public_text("anna")
    other = key[:-2] + chr(ord(key[-2]) + 1) + "="
    text = ANNA + ANNA.partition("people:\n")[2].replace("anna", "ben").replace(key, other)

    assert "two names don't make two persons" in wrong(path, text)[0]


def test_one_name_twice_is_refused(path: Path) -> None:
    """With both places, so that the roles can be merged."""
    second = ANNA.partition("people:\n")[2].replace(public_text("anna"), public_text("ben"))

    assert ["6:11 FIL-004 `anna` stands here and at 3:11"] == wrong(path, ANNA + second)


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("kind: people", "kind: persons", '1:7 SCH-001 kind `"persons"` is not known'),
        (
            "[author]",
            "[writer]",
            "4:13 SCH-005 item 1 of `roles` must be `author`, `approver` or `emergency`",
        ),
        ("[author]", "[]", "4:12 SCH-005 `roles` needs 1 or more entries"),
        ("roles", "role", "4:5 SCH-003 key `role` is not known here"),
        ("MCow", "AAAA", "5:17 SCH-005 `public_key`: "),
        ("name: anna", "name: Anna B", '3:11 SCH-005 `name`: `"Anna B"` is not an id'),
        ("name: anna", "name: NO: x", "3:13 YML-003 a second `:` stands in this line"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    path: Path, old: str, new: str, finding: str
) -> None:
    """Line, column, code and what is allowed."""
    assert any(f.startswith(finding) for f in wrong(path, ANNA.replace(old, new, 1)))


def test_a_missing_file_is_a_finding(path: Path) -> None:
    """A server that was told of a file trusts nobody without it."""
    with pytest.raises(InvalidRules, match="can't read the file: no such file"):
        load_people(path)
