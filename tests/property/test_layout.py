"""The canonical layout changes no value, loses no comment, and is its own canonical layout."""

from __future__ import annotations

from hypothesis import assume, given, settings

from sconto.rulebook.layout.canonical import canonical
from sconto.rulebook.read.strict_yaml import parse_yaml
from yaml_texts import yaml_texts


@settings(deadline=None, max_examples=250)
@given(written=yaml_texts())
def test_the_layout_keeps_values_and_comments(written: tuple[str, list[str]]) -> None:
    """Whatever the styles were, the same values and every comment are read afterwards."""
    text, comments = written
    parsed = parse_yaml(text.encode(), "f.yaml", readable=False)
    assume(not parsed.findings)
    laid_out = canonical(text.encode(), "f.yaml", None, {}).text
    assert laid_out is not None
    assert parse_yaml(laid_out.encode(), "f.yaml", readable=False).value == parsed.value
    lines = laid_out.splitlines()
    # What is indented as deep as a block of text is part of that text.
    real = [c for c in comments if c.partition(".")[0] not in str(parsed.value)]
    assert [c for c in real if not any(line.endswith(c) for line in lines)] == []


@settings(deadline=None, max_examples=250)
@given(written=yaml_texts())
def test_the_layout_of_a_layout_is_itself(written: tuple[str, list[str]]) -> None:
    """Formatting twice changes nothing the second time."""
    assume(not parse_yaml(written[0].encode(), "f.yaml", readable=False).findings)
    once = canonical(written[0].encode(), "f.yaml", None, {}).text
    assert once is not None
    assert canonical(once.encode(), "f.yaml", None, {}).text == once
