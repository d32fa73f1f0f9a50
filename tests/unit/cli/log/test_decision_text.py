"""`sconto log show`: the inputs of the model by their names."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest

from sconto.cli.log.decision_text import Found, print_found, print_model_inputs
from sconto.scoring.answer import Row
from sconto.scoring.manifest import read_manifest
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
