"""`sconto version`: the versions of Sconto and of what it depends on."""

from __future__ import annotations

from typing import Final

from sconto.cli.exit_codes import Exit
from sconto.cli.options import FORMAT, command
from sconto.cli.output import print_json, print_lines
from sconto.compiled import CORE

LIBRARIES: Final = ("durable_rules", "grpcio", "onnxruntime", "protobuf")
"""What a decision or its transport depends on, besides Sconto itself."""


@command("sconto version", "sconto version --format json", exits=(Exit.OK, Exit.USAGE))
@FORMAT
def version(form: str) -> None:
    """Print the versions of Sconto, its libraries and Python."""
    import platform
    from importlib.metadata import version as version_of

    versions = {name: version_of(name) for name in ("sconto", *LIBRARIES)}
    versions["python"] = platform.python_version()
    versions["core"] = "plain" if CORE is None else "compiled"
    if form == "json":
        print_json(versions)
        return
    print_lines(f"{name} {number}" for name, number in versions.items())
