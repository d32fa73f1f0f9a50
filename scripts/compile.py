"""Compiles the pure core with mypyc into build/compiled; does nothing when that is up to date.

Sources are copied first and the copy is compiled, so that the digest which names the result is
that of what was compiled, whatever is edited meanwhile.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from sconto.compiled import ENGINE, FORMS, compiled_modules, digest, form_of

CONFIG: Final = ENGINE.parent / "pyproject.toml"

PACKAGE: Final = """
from sconto.compiled import let_values_be_copied

let_values_be_copied(__name__, __path__)
"""
"""What the package of the compiled core does besides when it is imported."""


def main() -> None:
    """Make the compiled form of the sources as they are, and remove those of others."""
    form = form_of(ENGINE, FORMS)
    if form is None:
        print("compiling the core: about a minute and a half", flush=True)
        form = make_form(ENGINE, FORMS)
    for other in FORMS.iterdir():
        if other != form:
            shutil.rmtree(other)
    print(f"the core is compiled: {form.relative_to(ENGINE.parent)}")


def make_form(engine: Path, forms: Path) -> Path:
    """The folder of a new compiled form; it appears under its name when it is complete."""
    forms.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=forms) as folder:
        work, made = Path(folder, "work"), Path(folder, "made")
        copy_sources(engine, work)
        run_mypyc(work)
        for part in (*work.glob("*.so"), *work.glob("sconto/domain/**/*.so"), *packages(work)):
            target = made / part.relative_to(work)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(part, target)
        with (made / "sconto/domain/__init__.py").open("a") as package:
            package.write(PACKAGE)
        return made.rename(forms / digest(work))


def copy_sources(engine: Path, work: Path) -> None:
    """What is compiled and what it imports of ours."""
    shutil.copytree(
        engine / "sconto/domain",
        work / "sconto/domain",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copy(engine / "sconto/errors.py", work / "sconto/errors.py")
    (work / "sconto/__init__.py").touch()


def packages(work: Path) -> list[Path]:
    """The files that say which folders are packages."""
    return [source for source in compiled_modules(work) if source.name == "__init__.py"]


def run_mypyc(work: Path) -> None:
    """Compile in place; ends this program with what the compiler says when it fails."""
    modules = [
        str(source.relative_to(work))
        for source in compiled_modules(work)
        if source.name != "__init__.py"
    ]
    done = subprocess.run(
        [sys.executable, "-m", "mypyc", "--config-file", str(CONFIG), *modules],
        cwd=work,
        env=os.environ | {"MYPYPATH": str(work), "MYPYC_DEBUG_LEVEL": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{done.stdout}\nthe core could not be compiled; plain Python is used as before")


if __name__ == "__main__":
    main()
