"""Options that several benchmarks share."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

ROOT: Final = Path(__file__).resolve().parents[1]

MODEL: Final = click.option(
    "--model",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=ROOT / "models" / "retail",
    help="The model's folder; the shipped one by default.",
)
FOLDER: Final = click.option(
    "--folder",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=Path(),
    help="Where to write for the time it takes; must be on the disk to be measured.",
)
