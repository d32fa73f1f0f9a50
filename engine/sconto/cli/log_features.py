"""What a model was shown when it scored a recorded decision, by the names of its inputs."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from sconto.cli.output import print_lines, print_table
from sconto.scoring.answer import unpacked
from sconto.scoring.manifest import read_manifest

FEATURES: Final = ("input", ">value")


def print_features(model: Mapping[str, Any], folder: Path | None) -> None:
    """Print what the *model* of a record was shown, or in one line why that can't be told.

    Raises ModelUnusable where *folder* holds no model.
    """
    if folder is None:
        print_lines(["Inputs of the model: name its folder with `--model` to see them.", ""])
        return
    manifest = read_manifest(folder)
    if model["digest"] != f"sha256:{manifest.model_sha256}":
        said = f"another model than that in `{folder}` was shown them."
        print_lines([f"Inputs of the model: {said}", ""])
        return
    shown = unpacked(base64.b64decode(model["features"]), manifest.columns)
    print_table("Inputs of the model", FEATURES, _rows(shown))


def _rows(shown: Mapping[str, float | str | None]) -> Iterator[tuple[str, str]]:
    for name, value in shown.items():
        said = f"{value:.15g}" if isinstance(value, float) else value
        yield name, "missing or not listed" if said is None else said
