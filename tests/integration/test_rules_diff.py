"""`sconto rules diff`: from folders, from a git revision, from the rulesets that a log keeps."""

from __future__ import annotations

import asyncio
import json
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from golden.rules_diff.scenarios import CODES, FLASH_SALE, WINE_CAP
from sconto.app.ports import RulesStep
from sconto.app.statements import Statement
from sconto.cli.exit_codes import Exit
from sconto.cli.main import main
from sconto.rulebook.diff.compare import differences
from sconto.rulebook.diff.sentences import EFFECT
from sconto.rulebook.edition import Edition, edition_in
from sconto.signing.bundles import bundle_of
from sconto.store.sqlite import SqliteStore
from support.editing import RULES, diff_of, edited, edition_of_book
from support.served import ROOT

RETAIL = str(RULES / "retail")
NEW_CAP = {"retail/guardrails/shelf-depth-cap.yaml": ('"30 %"', '"15 %"')}


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The retail rules with another depth cap."""
    return str(edited("retail", NEW_CAP, tmp_path_factory.mktemp("rules")))


@dataclass(frozen=True, slots=True)
class Log:
    """A data folder that keeps two rulesets, and their digests."""

    data: Path
    old: str
    new: str

    def diff(self, *args: str) -> list[str]:
        """The command that compares the two."""
        return ["rules", "diff", self.old, self.new, "--data", str(self.data), *args]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory, changed: str) -> Log:
    """A log that keeps the retail rules before and after."""
    data = tmp_path_factory.mktemp("data")
    both = edition_of_book("retail").ruleset, edition_in(Path(changed)).ruleset
    store = SqliteStore(data / "decisions.sqlite")
    for ruleset in both:
        asyncio.run(store.keep_ruleset(ruleset.digest, ruleset.documents))
    store.close()
    return Log(data, both[0].digest, both[1].digest)


def test_a_code_set_that_goes_opens_its_offers_to_everybody(tmp_path: Path) -> None:
    """The consequence is said, not only that the set is gone; and the reverse."""
    without = edition_of_book("retail")
    with_set = edition_in(edited("retail", {"retail/codes/gift.yaml": CODES}, tmp_path))
    (tmp_path / "retail/codes/gift.yaml").write_text(CODES.replace("[soft", "[cheese, soft"))
    wider = edition_in(tmp_path / "retail")

    def effects(*editions: Edition) -> list[str]:
        return [s.sentence for s in differences(*editions).sentences if s.kind == EFFECT]

    opened = "Offer soft-drinks is now given without a code."
    assert [opened] == effects(with_set, without)
    assert [opened.replace("soft-drinks", "cheese")] == effects(wider, with_set)
    assert ["Offer cheese needs a code now."] == effects(with_set, wider)


def test_folders_are_told_by_file(changed: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The file, the sentence, and what follows from it."""
    assert main(["rules", "diff", RETAIL, changed]) == Exit.OK
    told = capsys.readouterr().out

    assert "guardrails/shelf-depth-cap.yaml\n- Guardrail shelf-depth-cap lets at most 15 %" in told
    assert "What follows from guardrails/shelf-depth-cap.yaml\n- The most that offer" in told


def test_a_change_sets_the_exit_code_where_that_is_asked(log: Log) -> None:
    """As `git diff --exit-code` does: 1 for a change, 0 for none."""
    same = replace(log, new=log.old)

    assert main(log.diff("--exit-code")) == Exit.REFUSED
    assert main(same.diff("--exit-code")) == Exit.OK


def test_another_layout_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Comments, order of keys and quotes are no change: the digests are equal."""
    cap, regular = "retail/guardrails/shelf-depth-cap.yaml", "retail/segments/regular.yaml"
    edits = {
        cap: ("depth_cap:\n  at_most", "depth_cap:  # cap\n    at_most"),
        regular: ("kind: segment\nid: regular", 'id: "regular"\nkind: segment'),
    }
    same = edited("retail", edits, tmp_path)

    assert main(["rules", "diff", RETAIL, str(same)]) == Exit.OK
    assert "Nothing that matters changed: both are sha256:" in capsys.readouterr().out


def test_json_keeps_its_keys(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    """Programs find kind, id, file and key beside each sentence."""
    assert main(log.diff("--format", "json")) == Exit.OK
    told = json.loads(capsys.readouterr().out)

    assert ["old", "new", "same", "changes"] == [*told]
    assert {
        "kind": "guardrail",
        "id": "shelf-depth-cap",
        "file": "guardrails/shelf-depth-cap.yaml",
        "key": "depth_cap",
        "sentence": "Guardrail shelf-depth-cap lets at most 15 % come off, was 30 %.",
    } == told["changes"][0]


def test_a_kept_ruleset_is_named_by_its_digest(
    log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was served once is compared with what is served now, with or without its prefix."""
    assert main(replace(log, new=log.new.removeprefix("sha256:")).diff()) == Exit.OK
    assert "lets at most 15 % come off, was 30 %" in capsys.readouterr().out


def test_a_bundle_is_read_with_its_documents(
    log: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An approver reads what a bundle means; one of a rollback names a ruleset of the log."""
    said = Statement(RulesStep.PUBLICATION, log.old, "anna", "a test", 1)
    bundle, back = tmp_path / "retail.bundle", tmp_path / "back.bundle"
    bundle_of(said, edition_of_book("retail").ruleset.documents).write(bundle)
    bundle_of(replace(said, kind=RulesStep.ROLLBACK)).write(back)

    for file in (bundle, back):
        assert main(replace(log, old=str(file)).diff()) == Exit.OK
        assert "lets at most 15 % come off, was 30 %" in capsys.readouterr().out


def test_a_git_revision_is_read_with_its_legal_packs(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`HEAD:rules/retail` is the folder as it was committed, laws included."""
    rules = tmp_path / "shop" / "rules"
    rules.mkdir(parents=True)
    edited("retail", {}, rules)
    who = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    for args in (("init", "-q"), ("add", "."), (*who, "commit", "-qm", "Rules")):
        subprocess.run(["git", *args], cwd=rules.parent, check=True)
    monkeypatch.chdir(rules)

    assert main(replace(log, old="HEAD:rules/retail", new=log.old).diff()) == Exit.OK
    assert "Nothing that matters changed" in capsys.readouterr().out
    assert main(replace(log, old="HEAD:rules/none").diff()) == Exit.UNAVAILABLE
    assert "error: git: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "code", "said"),
    [
        ("nowhere", Exit.UNAVAILABLE, "there are no rules `nowhere`"),
        (f"sha256:{'0' * 64}", Exit.REFUSED, "the log does not keep the ruleset"),
        (str(ROOT / "docs"), Exit.UNAVAILABLE, "error:"),
    ],
)
def test_what_can_not_be_compared_says_so(
    old: str,
    code: Exit,
    said: str,
    log: Log,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line, and the exit code of its kind."""
    assert main(replace(log, old=old).diff()) == code
    assert said in capsys.readouterr().err


def test_the_most_is_told_from_day_to_day(tmp_path: Path) -> None:
    """A cap that ends and one that begins are told as one change, with its first day."""
    cap = WINE_CAP.replace("15 %", "10 %").replace("2026-12-01", "2026-01-01")
    before = edited("ecommerce", {"ecommerce/guardrails/wine-depth-cap.yaml": cap}, tmp_path / "a")
    after = {
        "ecommerce/guardrails/wine-depth-cap.yaml": cap.replace("2028-01-01", "2026-12-01"),
        "ecommerce/guardrails/wine-depth-cap-2.yaml": WINE_CAP.replace(
            "id: wine-depth-cap", "id: wine-depth-cap-2"
        ),
    }
    after_folder = edited("ecommerce", after, tmp_path / "b")
    found = differences(edition_in(before), edition_in(after_folder))

    assert (
        "From 2026-12-01 the most that all offers together can take off WINE in DE is 15 %, "
        "was 10 %."
    ) in [said.sentence for said in found.sentences]


def test_a_default_is_named_in_a_sentence() -> None:
    """A shop that says nothing about returns refunds what was paid for the pieces."""
    key = "reservation_minutes"
    found = diff_of("retail", {"retail/shop.yaml": (key, f"returns: reprice\n{key}")})

    assert ["The shop refunds returns by reprice, was keep_shares."] == [
        each.sentence for each in found.sentences
    ]


def test_an_offer_that_comes_is_told_with_its_terms() -> None:
    """A new file is one sentence: name, days, depth, goods, money."""
    found = diff_of("ecommerce", {"ecommerce/offers/flash-sale.yaml": FLASH_SALE})

    assert "from 2026-12-01 to 2026-12-23, “Flash sale of wine”" in found.sentences[0].sentence
    assert "offers/flash-sale.yaml" == found.sentences[0].file
