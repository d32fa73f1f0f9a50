"""The compiled form of the core: found for the sources it was made of, and for no others."""

from __future__ import annotations

import copy
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sconto.domain.choice
from sconto import compiled
from sconto.domain.context import Line


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    """A copy of what is compiled."""
    copy = tmp_path / "engine"
    shutil.copytree(compiled.ENGINE / "sconto/domain", copy / "sconto/domain")
    shutil.copy(compiled.ENGINE / "sconto/errors.py", copy / "sconto/errors.py")
    return copy


def test_a_form_is_found_for_the_sources_it_was_made_of(engine: Path, tmp_path: Path) -> None:
    """The same sources at another place find it too; without a form there is none."""
    forms = tmp_path / "forms"
    assert compiled.form_of(engine, forms) is None

    form = forms / compiled.digest(compiled.ENGINE)
    form.mkdir(parents=True)

    assert form == compiled.form_of(engine, forms)


@pytest.mark.parametrize(
    "edited", ["sconto/domain/choice.py", "sconto/domain/one_more.py", "sconto/errors.py"]
)
def test_sources_that_were_edited_find_no_form(engine: Path, tmp_path: Path, edited: str) -> None:
    """An edited file, a new one, and one that the core imports: plain Python runs what they say."""
    forms = tmp_path / "forms"
    (forms / compiled.digest(engine)).mkdir(parents=True)

    with (engine / edited).open("a") as file:
        file.write("# edited\n")

    assert compiled.form_of(engine, forms) is None


def test_a_source_that_is_gone_or_renamed_finds_no_form(engine: Path, tmp_path: Path) -> None:
    """Names count as much as contents."""
    forms = tmp_path / "forms"
    (forms / compiled.digest(engine)).mkdir(parents=True)

    (engine / "sconto/domain/choice.py").rename(engine / "sconto/domain/chosen.py")

    assert compiled.form_of(engine, forms) is None


def test_either_form_can_be_asked_for(engine: Path, tmp_path: Path) -> None:
    """A form that is there is used unless `plain` is asked for; `compiled` stops without one."""
    forms = tmp_path / "forms"
    with pytest.raises(ImportError, match="run `make compile`"):
        compiled.chosen_form("compiled", engine, forms)

    form = forms / compiled.digest(engine)
    form.mkdir(parents=True)

    assert compiled.chosen_form("plain", engine, forms) is None
    assert form == compiled.chosen_form("compiled", engine, forms)
    assert form == compiled.chosen_form("", engine, forms)


def test_a_core_that_is_not_there_is_said_in_one_line() -> None:
    """A name that is no form is refused, and no traceback is printed."""
    code = "import sconto"
    env = os.environ | {"SCONTO_CORE": "wrong"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False
    )

    assert (3, "") == (done.returncode, done.stdout)
    assert "error: SCONTO_CORE is `wrong`, which is neither plain nor compiled\n" == done.stderr


def test_values_of_the_core_can_be_copied_in_either_form() -> None:
    """Also those that are worked out when one is made: other processes are sent them."""
    line = Line("l1", "p1", "CHEESE", "DELI", "own", 3, 250, None, {"line.deposit": 25})

    for again in (pickle.loads(pickle.dumps(line)), copy.deepcopy(line)):  # noqa: S301
        assert line == again
        assert again.list_total == 750


def test_the_core_imports_nothing_of_ours_that_the_digest_leaves_out() -> None:
    """Types and constants of what it imports are compiled into the core."""
    imported = {
        line.split()[1]
        for source in compiled.compiled_modules(compiled.ENGINE)
        for line in source.read_text().splitlines()
        if line.lstrip().startswith(("from sconto", "import sconto"))
    }

    assert {"sconto.errors"} == {name for name in imported if not name.startswith("sconto.domain")}


def test_this_process_runs_the_form_that_it_says() -> None:
    """With a form, every module of the core comes from it; without, from the sources."""
    file = Path(sconto.domain.choice.__file__)

    if compiled.CORE is None:
        assert compiled.ENGINE / "sconto/domain/choice.py" == file.resolve()
    else:
        assert compiled.CORE / "sconto/domain" == file.parent
        assert file.name != "choice.py"
