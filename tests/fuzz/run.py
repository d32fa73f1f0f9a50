"""Fuzzes one target with atheris: `python tests/fuzz/run.py loader -max_total_time=600`.

Options after the name are libFuzzer's. New inputs go to a folder outside the repository; an input
that breaks a promise is written beside it, and belongs into tests/fuzz/corpus once it is mended.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

with atheris.instrument_imports(
    include=["sconto.rulebook", "sconto.api.http", "yaml"], enable_loader_override=False
):
    from targets import TARGETS

CORPORA = {"loader": "loader", "layout": "loader", "formula": "formula", "request": "request"}


def main() -> None:
    """Run libFuzzer until one of its limits, or until a promise breaks."""
    name, *options = sys.argv[1:]
    found = Path(tempfile.gettempdir()) / f"sconto-fuzz-{name}"
    found.mkdir(exist_ok=True)
    limits = ["-max_len=4096", "-timeout=60", "-rss_limit_mb=512", f"-artifact_prefix={found}/"]
    args = [sys.argv[0], *limits, *options, str(found), str(HERE / "corpus" / CORPORA[name])]
    atheris.Setup(args, TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
