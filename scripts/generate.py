"""Regenerate every generated file; `--check` fails instead when one would change.

python scripts/generate.py            write
python scripts/generate.py --check    compare, name what drifted, exit 1
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from generated import cli_help, openapi, protocol, reference_pages, rules_schema

ROOT = Path(__file__).resolve().parent.parent


def generated_files() -> Mapping[Path, bytes]:
    """Every generated file by its path, with the content it should have."""
    return {
        **protocol.files(ROOT),
        **openapi.files(ROOT),
        **rules_schema.files(ROOT),
        **cli_help.files(ROOT),
        **reference_pages.files(ROOT),
    }


def main() -> int:
    """Write or compare, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check
    files = generated_files()
    drifted = [p for p, content in files.items() if not p.exists() or p.read_bytes() != content]
    for path in drifted:
        print(f"{path.relative_to(ROOT)}: {'drifted' if check else 'written'}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[path])
    if check and drifted:
        print("run `make generate` and commit what it writes")
        return 1
    print(f"{len(files)} generated files are up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
