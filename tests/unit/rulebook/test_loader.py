"""Folders of rules and of legal packs: what is read, what is left alone, what stops a ruleset."""

from __future__ import annotations

from pathlib import Path

import pytest

from golden_language import LANGUAGE, PACK
from golden_rules import write
from sconto.errors import InvalidRules
from sconto.rulebook.compile.ruleset import ruleset_from_documents
from sconto.rulebook.findings import did_you_mean
from sconto.rulebook.loader import lint, load_folder

WRONG_EXAMPLE = PACK.replace("0.01 *", "0.02 *")


def _write(folder: Path, pack: str = PACK) -> Path:
    write(folder / "rules", {**LANGUAGE, "../legal/us-tn-alcohol.yaml": pack})
    return folder / "rules"


def test_tests_are_checked_and_never_served(tmp_path: Path) -> None:
    """A mistake in a test file is found, and keeps no rule from being served."""
    rules = _write(tmp_path)
    write(rules, {"cases/one_test.yaml": "kind: test\n", "cases/two.txt": "anything"})
    assert {"FIL-001", "SCH-002"} == {f.code for f in lint([rules])}
    assert load_folder(rules).rules


def test_serving_does_not_run_worked_examples(tmp_path: Path) -> None:
    """Lint runs them; loading reads them only, so that a reload stays quick."""
    rules = _write(tmp_path, WRONG_EXAMPLE)
    assert {"LAW-005"} == {f.code for f in lint([rules])}
    assert load_folder(rules).rules


def test_a_pack_without_enough_examples_stops_the_ruleset(tmp_path: Path) -> None:
    """What nobody worked out binds nobody, and no ruleset is served without its law."""
    rules = _write(tmp_path, PACK.partition("  - name: Below it")[0])
    with pytest.raises(InvalidRules) as refused:
        load_folder(rules)
    assert ["LAW-001"] == [f.code for f in refused.value.findings]


def test_a_pack_that_can_not_be_read_stops_the_ruleset(tmp_path: Path) -> None:
    """A law must not be lost because of a slip in its file."""
    rules = _write(tmp_path, PACK.replace("jurisdictions:", "jurisdiction:"))
    with pytest.raises(InvalidRules):
        load_folder(rules)


def test_a_folder_of_packs_is_linted_with_its_examples(tmp_path: Path) -> None:
    """It needs no shop, and one file of it can be linted alone."""
    _write(tmp_path, WRONG_EXAMPLE)
    write(tmp_path, {"legal/other.yaml": "kind: legal_pack\n"})
    folder = {f.code for f in lint([tmp_path / "legal"])}
    alone = {f.code for f in lint([tmp_path / "legal/us-tn-alcohol.yaml"])}
    assert {"LAW-005", "SCH-002"} == folder
    assert {"LAW-005"} == alone


def test_something_else_among_the_packs_is_named(tmp_path: Path) -> None:
    """A pack in a file of another name would be overlooked."""
    rules = _write(tmp_path)
    write(tmp_path, {"legal/more.yml": "kind: legal_pack\n", "legal/README.md": "Packs."})
    assert ["FIL-001"] == [f.code for f in lint([rules])]


def test_an_id_is_used_once_among_rules_and_packs(tmp_path: Path) -> None:
    """Records name a rule by its id alone."""
    rules = _write(tmp_path)
    text = LANGUAGE["disclosures/said.yaml"].replace("id: said", "id: us-tn-alcohol-minimum")
    write(rules, {"disclosures/us-tn-alcohol-minimum.yaml": text})
    assert ["FIL-004"] == [f.code for f in lint([rules])]


def test_rules_of_a_log_are_read_whatever_files_are_held_to(tmp_path: Path) -> None:
    """Decisions of then are replayed, with doubles, odd characters and misspelt classes."""
    kept = load_folder(_write(tmp_path)).documents.decode()
    for right, wrong in (
        ('["store"]', '["store","store"]'),
        ('["BEER"]', '["Cheese"]'),
        ('"Said plainly."', '"Sa\u202eid\\nplainly. "'),
    ):
        assert right in kept
        kept = kept.replace(right, wrong, 1)
    assert ruleset_from_documents(kept.encode()).rules


@pytest.mark.parametrize("word", ["RX", "r-x", "R\u200bx", "\uff32\uff38"])
def test_a_known_word_in_other_letters_is_the_one_that_was_meant(word: str) -> None:
    """What differs by nothing that one sees is closer than any other word."""
    assert did_you_mean(word, ["RXA", "Rx", "DX"]) == "did you mean `Rx`?"


@pytest.mark.parametrize(
    ("word", "advice"),
    [("us-tn", "did you mean `US-TN`?"), ("US-TX", "known are `DE`, `US-TN`")],
)
def test_another_place_is_not_advised_for_its_spelling(word: str, advice: str) -> None:
    """US-TX is no misspelt US-TN: the advice would bring another state's law."""
    assert advice == did_you_mean(word, ["US-TN", "DE"], near=False)
