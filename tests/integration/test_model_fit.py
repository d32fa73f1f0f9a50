"""A server whose rules can't fill its model says so before it decides anything."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from sconto.bootstrap import open_offline
from sconto.settings import Settings
from support.models import model_folder
from support.served import ROOT, RULES


def test_inputs_that_no_fact_fills_are_logged_on_opening(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An operator learns at the start that the model runs half blind, and what to declare."""
    model = model_folder(tmp_path / "model")
    with (
        caplog.at_level(logging.WARNING),
        open_offline(Settings(rules=RULES, data=tmp_path, model=model)),
    ):
        pass

    assert "the model misses shopper.visits, shopper.spend, shopper.band" in caplog.text


def test_offers_that_are_never_worth_it_are_logged_on_opening(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Where an assumed response never pays for them, nobody would see why they are not given."""
    rules, model = ROOT / "rules" / "travel", ROOT / "models" / "travel"
    with (
        caplog.at_level(logging.WARNING),
        open_offline(Settings(rules=rules, data=tmp_path, model=model)),
    ):
        pass

    said = [line for line in caplog.messages if "can never be worth it" in line]
    assert 5 == len(said)
    assert said[0].startswith("offer `early-booking` ")
