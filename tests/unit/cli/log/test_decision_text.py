"""`sconto log show`: lines with their quantities, the inputs of the model by their names."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sconto.cli.log.decision_text import Found, print_found, print_model_inputs
from sconto.domain.canonical import canonical
from sconto.domain.decision import decide_from_context
from sconto.domain.explain import explain
from sconto.domain.money import format_millionths
from sconto.domain.record import Provenance, stored
from sconto.domain.record_reading import read_record, record_of
from sconto.domain.ruleset import FactSpec, FactType
from sconto.domain.units import Units
from sconto.scoring.answer import Row
from sconto.scoring.manifest import read_manifest
from support import builders, judges
from support.flipping import no_model
from support.models import model_folder


def test_inputs_are_shown_by_name_with_their_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the model's folder is given; else, and for another model, one line says so."""
    folder = model_folder(tmp_path)
    row = Row(np.array([[3, 12.3]], dtype=np.float32), np.array([[0]]), np.array([0.1]))
    model = {
        "digest": f"sha256:{read_manifest(folder).model_sha256}",
        "features": base64.b64encode(row.packed()).decode(),
    }

    print_model_inputs(model, folder)
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    print_model_inputs(model, None)
    not_given = capsys.readouterr().out
    print_model_inputs({**model, "digest": "sha256:0"}, folder)
    another = capsys.readouterr().out

    shown = {name: value.strip() for name, value in (line for line in lines if len(line) == 2)}
    assert ("3", "12.3") == (shown["visits"], shown["spend"])
    assert "missing or not listed" == shown["band"]
    assert "Inputs of the model: name its folder with `--model` to see them.\n\n" == not_given
    assert f"another model than that in `{folder}`" in another


def test_measured_goods_are_shown_with_their_unit(capsys: pytest.CaptureFixture[str]) -> None:
    """Where others have pieces: .482 kg at 10.00 a kilogram, less 10 %."""
    cut = builders.line("cut", measured=builders.kilograms(482))
    context, ruleset = (
        builders.context(cut, builders.line("one", quantity=3)),
        builders.ruleset(builders.offer("o", 1000)),
    )
    judged = judges.reference(ruleset)
    decision = decide_from_context(context, ruleset, judged, no_model, {})

    record = read_record(
        stored(decision, Provenance("d", "r", 1, {"sconto": "1", "rules": "any"}, {}))
    )
    print_found(Found(canonical(record), (), replays=None, returns=0), "text", None)
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]

    assert ["cut", "p-cut", "0.482", "kg", "4.82", "USD", "0.48", "USD", "4.34", "USD"] in rows
    assert ["one", "p-one", "3", "30.00", "USD", "3.00", "USD", "27.00", "USD"] in rows


def test_budgets_are_shown_in_the_currency_of_the_shop(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whatever the decision's own; and there is no table of findings where there are none."""
    budget = builders.budget("money", 100_000)
    ruleset = builders.ruleset(
        replace(builders.offer("o", 1000), budgets=("money",)), budgets=(budget,)
    )
    context = builders.context(builders.line())
    judged = judges.reference(ruleset)
    decision = decide_from_context(context, ruleset, judged, no_model, {"money/all/total": 264})
    made = Provenance("", "r", 1, {"sconto": "1", "rules": "any"}, {})
    record = {**record_of(decision, made), "shop_currency": "EUR"}

    print_found(Found(canonical(record), (), replays=None, returns=0), "text", None)
    printed = capsys.readouterr().out
    rows = [line.split() for line in printed.splitlines()]

    assert ["money/all/total", "2.64", "EUR", "1.00", "EUR", "1000.00", "EUR"] in rows
    assert "Findings" not in printed
    assert "1.00 EUR more would be reserved." in " ".join(explain(record))


@pytest.mark.parametrize(
    ("returns", "said"),
    [
        (0, "deciding again gives"),
        (1, "deciding again and working out 1 return again gives"),
        (2, "deciding again and working out 2 returns again gives"),
    ],
)
def test_a_replay_says_how_many_returns_it_checked(
    returns: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever reads it knows whether returns were among the bytes compared."""
    print_found(Found(b"{}", (), replays=True, returns=returns), "json", None)

    assert f"Replay: {said} the same bytes.\n" == capsys.readouterr().err


def test_what_is_known_of_a_shopper_is_shown_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    """In the units that the ruleset declares, where that is at hand."""
    context = replace(
        builders.context(),
        shopper={"shopper.spend": 1234, "shopper.tier": "gold"},
        consents={"mail": False},
        signals={"signal.visits": 3},
    )
    ruleset = builders.ruleset(builders.offer("o", 1000))
    decision = decide_from_context(context, ruleset, judges.reference(ruleset), no_model, {})
    record = record_of(decision, Provenance("d", "r", 1, {}, {}))
    units = Units("USD", {"shopper.spend": FactSpec("shopper.spend", FactType.MONEY)})
    print_found(Found(canonical(record), explain(record), units=units), "text", None)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]

    for shown in (
        ["consent.mail", "false"],
        ["shopper.spend", "12.34", "USD"],
        ["shopper.tier", "gold"],
        ["signal.visits", "3"],
    ):
        assert shown in lines


def test_one_number_is_shown_in_one_precision() -> None:
    """Never more than it is; 31 ten-thousandths of a cent are not nothing in one place alone."""
    assert ["0.0000 USD", "-0.0001 USD", "0.0174 USD", "1.74 JPY"] == [
        format_millionths(3_100, "USD"),
        format_millionths(-3_100, "USD"),
        format_millionths(1_749_999, "USD"),
        format_millionths(1_749_999, "JPY"),
    ]
