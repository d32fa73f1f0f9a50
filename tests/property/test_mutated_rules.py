"""Good rules with something changed by chance are loaded, or explained; nothing else happens."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golden_language import LANGUAGE
from golden_rules import write
from sconto.rulebook.codes import CODES
from sconto.rulebook.documents import MODELS
from sconto.rulebook.findings import Report, as_text, visible
from sconto.rulebook.layout.canonical import canonical
from sconto.rulebook.loader import lint, load_folder
from sconto.rulebook.read import strict_yaml
from sconto.rulebook.read.document import read_document
from sconto.rulebook.read.strict_yaml import Parsed, parse_yaml

NAMES = sorted(LANGUAGE)
ODD = st.sampled_from(
    ["", "~", "null", "true", "0", "-1", "1.5", "[]", "{}", "[[]]", '"5 %"', '"10.00"', "8", "NO"]
)
VALUES = st.sampled_from([None, True, 0, -1, 10**14, "", "5 %", "10.00", "x", [], {}, [[]], ["a"]])


@st.composite
def changed_texts(draw: Any) -> tuple[str, str]:
    """A file of the whole language, by name, with up to three changes in its text."""
    name = draw(st.sampled_from(NAMES))
    text = LANGUAGE[name]
    for _ in range(draw(st.integers(1, 3))):
        lines = text.split("\n")
        i, j = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        change = draw(st.integers(0, 5))
        if change == 0:
            lines[i], lines[j] = lines[j], lines[i]
        elif change == 1:
            lines[i] = draw(st.sampled_from(["", "  ", " "])) + lines[i].lstrip()
        elif change == 2:
            lines.insert(j, lines[i])
        elif change == 3:
            del lines[i]
        elif change == 4:
            lines[i] = f"{lines[i].partition(':')[0]}: {draw(ODD)}"
        else:
            at = draw(st.integers(0, len(lines[i])))
            put = draw(st.sampled_from(list(":-[]{}\"'#&*!|>%@`,? \t\0\u202e")) | st.characters())
            lines[i] = lines[i][:at] + put + lines[i][at + draw(st.integers(0, 1)) :]
        text = "\n".join(lines)
    return name, text


@settings(deadline=None, max_examples=60)
@given(changed=changed_texts())
def test_a_changed_text_is_loaded_or_explained(changed: tuple[str, str]) -> None:
    """Findings are sorted, each with its code, place, advice and one line; or the rules serve."""
    name, text = changed
    raw = text.encode("utf-8", "surrogatepass")
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder, "rules")
        write(rules, LANGUAGE)
        (rules / name).write_bytes(raw)
        found = lint([rules])
        if not found:
            assert load_folder(rules).digest
    assert sorted(found) == found
    assert {f.code for f in found} <= CODES.keys()
    said = [text for f in found for text in (f.message, f.help)]
    assert [text for text in said if not text or visible(text) != text] == []
    as_text(found).encode()


@settings(deadline=None, max_examples=200)
@given(changed=changed_texts())
def test_a_changed_text_is_laid_out_or_explained(changed: tuple[str, str]) -> None:
    """What reads as a rule has a canonical layout, and that is its own layout."""
    raw = changed[1].encode("utf-8", "surrogatepass")
    once = canonical(raw, "f.yaml", "s.json", MODELS)
    assert (once.text is None) == bool(once.findings)
    if once.text is not None:
        assert canonical(once.text.encode(), "f.yaml", "s.json", MODELS).text == once.text


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = value.items() if isinstance(value, dict) else enumerate(value)
    inner = [
        place
        for step, part in below
        for place in [(*path, step), *(_places(part, (*path, step)) if _holds(part) else [])]
    ]
    return inner or [path]


def _holds(value: Any) -> bool:
    return isinstance(value, dict | list) and bool(value)


@settings(deadline=None, max_examples=300)
@given(name=st.sampled_from(NAMES), data=st.data())
def test_a_document_with_another_value_or_without_a_key_is_explained(
    name: str, data: st.DataObject
) -> None:
    """Wherever a value is exchanged or a key left out, the document is typed or has findings."""
    parsed = parse_yaml(LANGUAGE[name].encode(), "f.yaml")
    *above, last = data.draw(st.sampled_from(_places(parsed.value)))
    parent = parsed.value
    for step in above:
        parent = parent[step]
    if data.draw(st.booleans()):
        del parent[last]
    else:
        parent[last] = data.draw(VALUES)
    report = Report()
    located = read_document(parsed.value, parsed.source, report)
    assert (located is None) == bool(report.findings)
    assert all(f.message and f.help for f in report.findings)
    if located is not None:
        assert isinstance(located.doc, MODELS[located.doc.kind])


def known(parsed: Parsed) -> object:
    """The value, and where everything stands that is not empty."""
    source = parsed.source
    places = {path: at for path, at in source.values.items() if _at(parsed.value, path) is not None}
    return parsed.value, places, source.keys


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        value = value[part]
    return value


@settings(deadline=None, max_examples=300)
@given(changed=changed_texts())
def test_libyaml_reads_what_the_parser_of_pyyaml_reads(changed: tuple[str, str]) -> None:
    """What libyaml accepts means the same to the parser whose errors are explained."""
    raw = changed[1].encode("utf-8", "replace")
    with pytest.MonkeyPatch.context() as patch:
        quick = parse_yaml(raw, "f.yaml")
        patch.setattr(strict_yaml, "_FAST", None)
        slow = parse_yaml(raw, "f.yaml")

    assert slow.findings == quick.findings
    if not slow.findings:
        assert known(slow) == known(quick)
