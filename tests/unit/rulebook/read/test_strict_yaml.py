"""Strict YAML: every scalar means one thing, and everything has a position."""

from __future__ import annotations

from typing import Any

import pytest

from sconto.rulebook.findings import MAX_FINDINGS, Position
from sconto.rulebook.read.strict_yaml import parse_yaml


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("yes", "yes"),
        ("12:30", "12:30"),
        ("2026-01-31", "2026-01-31"),
        ("1_000", "1_000"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ('"12"', "12"),
        ("'true'", "true"),
        ("[a, 1, [b]]", ["a", 1, ["b"]]),
        ("{a: 1}", {"a": 1}),
        (">-\n  two\n  lines", "two lines"),
        ("é ü 食", "é ü 食"),
        (r'"\u00e9"', "é"),
    ],
)
def test_a_value_is_read_as_one_would_say_it(written: str, expected: Any) -> None:
    """Only true, false, null and plain whole numbers are more than text."""
    parsed = parse_yaml(f"key: {written}\n".encode(), "f.yaml")
    assert ({"key": expected}, ()) == (parsed.value, parsed.findings)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("1.5", "YML-011"),
        ("1e3", "YML-011"),
        (".inf", "YML-011"),
        ("010", "YML-012"),
        ("+1", "YML-012"),
        ("0x1F", "YML-012"),
        ("0o17", "YML-012"),
        ("9" * 16, "YML-012"),
        ("9" * 5000, "YML-012"),
        (r'"\ud800"', "YML-003"),
        (r'"\UFFFFFFFF"', "YML-003"),
        ("[" * 5000, "YML-005"),
        ("&a [*a]", "YML-006"),
        ("!!int 1", "YML-008"),
        ("! 1", "YML-008"),
        ("1\n...\n---\nb: 2", "YML-009"),
        ("1\nkey: 2", "YML-010"),
        ("1\n'key': 2", "YML-010"),
        ("{<<: {a: 1}}", "YML-007"),
        ("{[a]: 1}", "YML-013"),
        ('{"": 1}', "YML-013"),
        ("@x", "YML-003"),
        ("[" + "a, " * 20_000 + "]", "YML-001"),
    ],
)
def test_a_value_with_two_meanings_is_refused(written: str, code: str) -> None:
    """What programs read differently, or what can't be checked, has a finding of its own."""
    parsed = parse_yaml(f"key: {written}\n".encode(), "f.yaml")
    assert code in {f.code for f in parsed.findings}


def test_every_node_and_key_has_its_position() -> None:
    """Positions count from 1 and lead to the value, or to the key."""
    source = parse_yaml(b"a: 1\nb:\n  - x\n  - c: y\n", "f.yaml").source
    assert Position(1, 4) == source.at(("a",))
    assert Position(4, 8) == source.at(("b", 1, "c"))
    assert Position(4, 5) == source.key_at(("b", 1, "c"))
    assert Position(4, 5) == source.at(("b", 1, "not there"))


def test_a_byte_order_mark_does_not_shift_positions() -> None:
    """Some editors put one in front; it is not part of the text."""
    parsed = parse_yaml(b"\xef\xbb\xbfa: 1\n", "f.yaml")
    assert ({"a": 1}, ("a: 1", "")) == (parsed.value, parsed.source.lines)
    assert Position(1, 1) == parsed.source.key_at(("a",))


def test_all_findings_of_a_file_are_collected() -> None:
    """One mistake doesn't hide the next."""
    parsed = parse_yaml(b"a: 1.5\na: 010\nb: 2.5\n", "f.yaml")
    assert ["YML-011", "YML-010", "YML-012", "YML-011"] == [f.code for f in parsed.findings]


def test_a_file_full_of_mistakes_has_a_bounded_number_of_findings() -> None:
    """A megabyte of doubles is refused without naming each."""
    parsed = parse_yaml(b"a: 1\n" * 200_000, "f.yaml")
    assert len(parsed.findings) == MAX_FINDINGS


@pytest.mark.parametrize(
    ("written", "code", "column"),
    [
        ('"Sun\\u202e care"', "YML-015", 10),
        ('"\\x1b[31m"', "YML-015", 7),
        ('"a\\nb"', "YML-015", 8),
        ("|\n  two\n  lines", "YML-015", 6),
        ("plain\ufeff", "YML-015", 11),
        ("'it''s a\u2060b'", "YML-015", 14),
        ("\u2764 \ufe0f", "YML-015", 8),
        ("fil\u200bm", "YML-015", 9),
        ("ab\u200dcd", "YML-015", 8),
        ("cafe\u0301", "YML-016", 9),
        ("\u0441\u044b\u0440 \u0438\u0306", "YML-016", 10),
        ("\u1112\u1161\u11ab", "YML-016", 6),
        ("\u212bngström", "YML-016", 6),
        ("B\u041e\u041eK", "YML-016", 7),
        ("P\u0399ZZA", "YML-016", 7),
        ('"gold "', "YML-017", 11),
        ("' gold'", "YML-017", 7),
        ('"gold\u00a0"', "YML-017", 11),
    ],
)
def test_text_that_is_not_what_it_looks_like_is_refused(
    written: str, code: str, column: int
) -> None:
    """Nobody could find it by reading, so the finding names the character's place."""
    parsed = parse_yaml(f"key: {written}\n".encode(), "f.yaml")
    assert [(code, column)] == [(f.code, f.col) for f in parsed.findings]
    queries = parse_yaml(f"key: {written}\n".encode(), "f.yaml", readable=False)
    assert queries.findings == ()


@pytest.mark.parametrize(
    "written",
    [
        "kΩ and µg",
        "Ωmega-3",
        "β-carotene",
        "СЫР",
        "\u03a4\u03a5\u03a1\u0399",
        "50\u00a0%",
        "\u2764\ufe0f",
        "1\ufe0f\u20e3",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "\u0645\u06cc\u200c\u062e\u0648",
        "क\u094d\u200dष",
        "Ｔシャツ",
        "קפה",
        "# a comment \u202e with anything",
    ],
)
def test_text_of_every_language_is_taken(written: str) -> None:
    """Joiners, other alphabets and wide letters are refused only where they mislead."""
    assert parse_yaml(f"key: {written}\n".encode(), "f.yaml").findings == ()
