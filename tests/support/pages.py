"""Runs pages of `notebooks/` as scripts one after another, so that torch is imported but once.

python pages.py FOLDER: the command line of a page stands in FOLDER/NAME.json; what it printed is
left in FOLDER/NAME.txt.
"""

from __future__ import annotations

import contextlib
import json
import runpy
import sys
from pathlib import Path

PAGES = Path(__file__).parents[2] / "notebooks"

if __name__ == "__main__":
    # As Python does for a script: it can import its neighbours.
    sys.path[0] = str(PAGES)
    for asked in sorted(Path(sys.argv[1]).glob("*.json")):
        with (
            asked.with_suffix(".txt").open("w", encoding="utf-8") as told,
            contextlib.redirect_stdout(told),
        ):
            page, *words = json.loads(asked.read_text(encoding="utf-8"))
            sys.argv = [str(PAGES / page), *words]
            runpy.run_path(sys.argv[0], run_name="__main__")
