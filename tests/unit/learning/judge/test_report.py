"""The report: one whole page, for everybody, that says what the figures say."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from sconto.learning.evaluation.bootstrap import Interval
from sconto.learning.judge.card import card
from sconto.learning.judge.figures import as_json
from sconto.learning.judge.plots import PLOTS
from sconto.learning.judge.report import report
from sconto.learning.judge.sections import sections
from unit.learning.judge.judged import DNN, some_figures

VOID = {"meta", "path", "use", "rect", "br"}


class Page(HTMLParser):
    """What a browser would make of a page: tags with attributes, nesting checked."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it, and that it is open."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """It must be the one that was opened last."""
        if tag not in VOID:
            assert tag == self.open.pop()

    def of(self, name: str) -> list[dict[str, str | None]]:
        """The attributes of every such tag."""
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.fixture(scope="module")
def page() -> Page:
    """The page of the figures made by hand."""
    return Page(report(some_figures()))


def test_the_page_is_whole(page: Page) -> None:
    """Every tag is closed, ids are unique, and what is referred to is there."""
    ids = [a["id"] for _, a in page.tags if "id" in a]
    used = [a["xlink:href"] for a in page.of("use")]

    assert [] == page.open
    assert len(set(ids)) == len(ids)
    assert used
    assert {f"#{name}" for name in ids} >= set(used)


def test_the_page_needs_nothing_but_itself(page: Page) -> None:
    """No script, and no address that a browser would fetch."""
    fetched = {
        (tag, name)
        for tag, attributes in page.tags
        for name, value in attributes.items()
        if name in {"src", "href", "xlink:href", "action"} and not (value or "").startswith("#")
    }

    assert set() == fetched
    assert not {"script", "link", "iframe", "img"} & {tag for tag, _ in page.tags}


def test_everybody_can_read_it(page: Page) -> None:
    """A language, a title, a caption on every table and plot, and words in place of pictures."""
    plots = [a for _, a in page.tags if a.get("role") == "img"]

    assert "en" == page.of("html")[0]["lang"]
    assert len(PLOTS) == len(plots) == len(page.of("svg")) == len(page.of("figcaption"))
    assert all(plot["aria-label"] for plot in plots)
    assert len(page.of("table")) == len(page.of("caption"))
    assert {"col", "row"} == {a["scope"] for a in page.of("th")}
    assert [1] == [len(page.of(name)) for name in ("h1",)]


def test_texts_of_a_recipe_are_texts() -> None:
    """What looks like HTML, or like a table, must be shown and not obeyed."""
    figures = some_figures(about="<script>alert(1)</script>", made={"a|b": "c"})

    assert "script" not in {tag for tag, _ in Page(report(figures)).tags}
    assert "a\\|b" in card(figures)


def test_nothing_of_what_was_not_measured_is_shown() -> None:
    """Without experiment, events and gates there are no sections of them, and pages still work."""
    bare = some_figures(
        randomised=False, arms=("sent",), depths=(None,), policies={}, slope=None, gates=()
    )
    for model in bare.models.values():
        object.__setattr__(model, "losses", ())
    titles = {part.title for part in sections(bare)}

    assert not titles & {"Gates", "Whom an offer moves", "Response to each arm"}
    assert "no figure here is the effect of an offer" in card(bare)
    assert [] == Page(report(bare)).open


@pytest.mark.parametrize(
    ("gain", "said"),
    [
        ((0.02, -0.01, 0.05), "No model's `visit` differs from giving everybody `tenth` by more"),
        ((0.03, 0.01, 0.05), "More `visit` than giving everybody `tenth`, by more than chance: t"),
        ((-0.03, -0.05, -0.01), "No model's choice brings more `visit` than giving everybody"),
    ],
)
def test_no_more_is_claimed_than_the_interval_carries(
    gain: tuple[float, float, float], said: str
) -> None:
    """A lift may be told only where the interval is above 0, a loss where it is below."""
    figures = some_figures()
    own = figures.policies["visit"]
    gains = dict.fromkeys((own.none, own.than), Interval(*gain))
    values = {n: replace(v, gains=gains) for n, v in own.values.items()}
    text = card(replace(figures, policies={"visit": replace(own, values=values)}))

    assert said in text
    assert ("Less `visit` than" in text) == (gain[2] < 0)


@pytest.mark.parametrize(
    ("repeats", "said"),
    [(5, "no difference by more than chance: dnn"), (4, "4 splits say too little of chance: dnn")],
)
def test_few_splits_claim_no_difference(repeats: int, said: str) -> None:
    """Which of two models is better may be told only where there are enough splits."""
    assert f"AUC beside t logistic, over splits: {said}" in card(some_figures(repeats=repeats))


def test_a_response_is_assumed_only_where_a_model_can_serve() -> None:
    """A recipe without an objective serves nothing, so its card names no assumed response."""
    one_arm: dict[str, Any] = {"arms": ("sent",), "depths": (None,), "policies": {}, "slope": None}

    assert "`assumed_response`" in card(some_figures(**one_arm))
    assert "`assumed_response`" not in card(some_figures(**one_arm, objective=False))


def test_the_same_figures_give_the_same_bytes() -> None:
    """Page, card and figures hold no clock and no chance."""
    for make in (report, card, as_json):
        assert make(some_figures()) == make(some_figures())


def test_kept_figures_hold_everything() -> None:
    """The file must be JSON with every model, repeat and gate, at six digits."""
    kept = json.loads(as_json(replace(some_figures(), repeats=3)))

    assert [0.1, 0.11, 0.12] == kept["models"][DNN]["figures"]["auc"]["values"]
    assert {"units": 20, "predicted": 0.1, "bought": 0.0909091} == kept["models"][DNN][
        "calibration"
    ][1]
    assert [True, False, None] == [gate["passed"] for gate in kept["gates"]]
    assert 0.02 == kept["policies"]["visit"]["values"][DNN]["gains"]["everybody tenth"]["mean"]
