"""The canonical layout of files as people write them, and of the files that Sconto ships."""

from __future__ import annotations

from pathlib import Path

import pytest

from golden_language import LANGUAGE
from sconto.rulebook.documents import MODELS
from sconto.rulebook.documents.cases import CASE_MODELS
from sconto.rulebook.layout.canonical import MODELINE, Models, canonical
from sconto.rulebook.layout.files import is_rule, schema_seen_from, yaml_files

RULES = Path(__file__).parents[4] / "rules"
SHIPPED = list(yaml_files(RULES))


def _laid_out(text: str) -> str:
    layout = canonical(text.encode(), "f.yaml", None, {})
    assert layout.text is not None, layout.findings
    return layout.text


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("a:   1", "a: 1\n"),
        ("\ufeffa: 1\r\nb: 2\r\n", "a: 1\nb: 2\n"),
        ("--- # head\na: 1\n...\n", "# head\na: 1\n"),
        ("a:\n- 1\n- 2", "a: [1, 2]\n"),
        ("a:\n    b: 1", "a:\n  b: 1\n"),
        ("a: {b: 1,\n  c: 2}", "a: {b: 1, c: 2}\n"),
        ("{a: 1, b: 2}", "a: 1\nb: 2\n"),
        ("a:\n- {b: 1}\n- {c: 2}", "a:\n  - {b: 1}\n  - {c: 2}\n"),
        ("a: [{b: 1}, {c: 2}]", "a: [{b: 1}, {c: 2}]\n"),
        ("a: [[1],\n  [2]]", "a: [[1], [2]]\n"),
        ("a:\n- - 1\n- - 2", "a:\n  - [1]\n  - [2]\n"),
        ("a: []\nb: {}", "a: []\nb: {}\n"),
        ("a: ~\nb: TRUE\nc:", "a: null\nb: true\nc: null\n"),
        ("a: '5 %'\nb: 'NO'\nc: NO", 'a: "5 %"\nb: "NO"\nc: NO\n'),
        ("a: '12:30'\nb: 12:30\nc: 2026-01-31", 'a: "12:30"\nb: 12:30\nc: 2026-01-31\n'),
        ("a: 'say \"no\"'", "a: 'say \"no\"'\n"),
        ('a: "\\u202Eright"', 'a: "\\u202eright"\n'),
        ("a: said\n  twice", "a: said twice\n"),
        ("a: |\n    two\n    lines", "a: |-\n  two\n  lines\n"),
        ("a: >-\n    some\n    words", "a: >-\n  some words\n"),
        ("\n\na: 1\n\n\n\nb: 2\n\n", "a: 1\n\nb: 2\n"),
        ("a:\n\n  b: 1", "a:\n  b: 1\n"),
        ("a: 1 # one", "a: 1  # one\n"),
        ("a: # about\n  b: 1", "a:  # about\n  b: 1\n"),
        ("a: [1, # one\n  2]", "a:\n  - 1  # one\n  - 2\n"),
        ("a: [ # none\n ]", "# none\na: []\n"),
        (
            "a:\n  b: 1\n  # end of a\n# about c\nc: 2",
            "a:\n  b: 1\n  # end of a\n# about c\nc: 2\n",
        ),
        ("a:\n- b: 1\n# about c\nc: 2", "a:\n  - b: 1\n# about c\nc: 2\n"),
        ("a:\n- # first\n  b: 1", "a:\n  # first\n  - b: 1\n"),
        ("a: 1\n  # last", "a: 1\n# last\n"),
        ("a: |  # why\n  text", "a: |-  # why\n  text\n"),
        ("a: 'x # no comment'", 'a: "x # no comment"\n'),
        ("a: x#y", "a: x#y\n"),
        ("? a\n: 1", "a: 1\n"),
    ],
)
def test_there_is_one_way_to_write_it(written: str, expected: str) -> None:
    """Indentation, brackets, quotes, blank lines and comments each have one form."""
    assert _laid_out(written) == expected
    assert _laid_out(expected) == expected


def test_what_does_not_fit_a_line_becomes_a_block() -> None:
    """Lists and mappings break at 100 columns, quoted text never does."""
    names = [f"category-{n}" for n in range(12)]
    block = "a:\n" + "".join(f"  - {name}\n" for name in names)
    assert _laid_out(f"a: [{', '.join(names)}]") == block
    assert _laid_out(f'a: "{"x " * 80}"') == f'a: "{"x " * 80}"\n'


def test_keys_stand_in_the_order_of_the_reference_with_their_comments() -> None:
    """Moving a key moves what is said about it; what is said about the file stays on top."""
    written = (
        "# About the file.\n# In pence.\nvalid_to: 2027-01-01\n\n"
        "# The one shelf.\nscope:\n  brands: [A]\n  categories: [B]  # all\n"
        'percent_off: ["5 %"]\nwhy: So.\nowner: Me\nname: Cheese\nid: cheese\n'
        "valid_from: 2026-01-01\n# An offer.\nkind: offer\n"
    )
    expected = (
        f"{MODELINE}../s.json\n# About the file.\n# In pence.\n# An offer.\n"
        "kind: offer\nid: cheese\nname: Cheese\nowner: Me\nwhy: So.\n"
        "valid_from: 2026-01-01\nvalid_to: 2027-01-01\n"
        'percent_off: ["5 %"]\n\n'
        "# The one shelf.\nscope:\n  categories: [B]  # all\n  brands: [A]\n"
    )
    assert canonical(written.encode(), "f.yaml", "../s.json", MODELS).text == expected


def test_a_wrong_schema_line_is_mended_and_stands_first() -> None:
    """The line that editors look for names the schema that is there, once."""
    text = LANGUAGE["offers/cheese.yaml"]
    written = f"# Cheese.\n#yaml-language-server: $schema=gone.json\n{text}"
    laid_out = canonical(written.encode(), "f.yaml", "../s.json", MODELS).text or ""
    assert laid_out.splitlines()[:3] == [f"{MODELINE}../s.json", "# Cheese.", "kind: offer"]
    assert laid_out.count("yaml-language-server") == 1


def test_a_file_with_a_mistake_has_no_layout() -> None:
    """What the loader refuses is left alone, and the reason is told."""
    unread = canonical(b"a: [", "f.yaml", None, {})
    assert (unread.text, [f.code for f in unread.findings]) == (None, ["YML-003"])
    wrong = canonical(b"kind: offer\npercent: 5\n", "f.yaml", None, MODELS)
    assert wrong.text is None
    assert {"SCH-002", "SCH-003"} == {f.code for f in wrong.findings}


@pytest.mark.parametrize("file", SHIPPED, ids=lambda f: f"{f.parent.name}/{f.stem}")
def test_every_shipped_rule_file_is_in_the_canonical_layout(file: Path) -> None:
    """The examples look as `sconto rules fmt` would write them."""
    models: Models = MODELS if is_rule(file) else CASE_MODELS
    layout = canonical(file.read_bytes(), str(file), schema_seen_from(file), models)
    assert layout.text == file.read_text(encoding="utf-8")
