"""A server whose rules can't fill its model says so before it decides anything."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from sconto.bootstrap import open_offline
from sconto.settings import Settings
from support.models import model_folder
from support.served import RULES


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
