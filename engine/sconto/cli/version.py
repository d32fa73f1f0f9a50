"""`sconto version`: what is running."""

from __future__ import annotations

import importlib.metadata
import platform
from typing import Final

import click

from sconto.cli.exit_codes import Exit
from sconto.cli.options import FORMAT, epilog
from sconto.cli.output import print_json, print_lines
from sconto.compiled import CORE

LIBRARIES: Final = ("durable_rules", "grpcio", "onnxruntime", "protobuf")
"""What a decision or its transport depends on, besides Sconto itself."""


@click.command(
    epilog=epilog(("sconto version", "sconto version --format json"), (Exit.OK, Exit.USAGE))
)
@FORMAT
def version(form: str) -> None:
    """Say which version this is, and which libraries it stands on."""
    versions = {name: importlib.metadata.version(name) for name in ("sconto", *LIBRARIES)}
    versions["python"] = platform.python_version()
    versions["core"] = "plain" if CORE is None else "compiled"
    if form == "json":
        print_json(versions)
        return
    print_lines(f"{name} {number}" for name, number in versions.items())
