"""The file of tenants: strict, and nothing in it is shared."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from sconto.errors import InvalidTenants
from sconto.rulebook.documents.schema import trusted_schema_json
from sconto.rulebook.read.tenants import load_tenants
from sconto.settings import Settings

COMMON = Settings(Path(), Path("var"), port=7)
TWO = """\
kind: tenants
tenants:
  - name: north
    rules: north/rules
    data: /var/lib/sconto/north
    model: ../model
    people: north/people.yaml
    calls_in_flight: 500
    calls_per_second: 2000
  - name: south
    rules: north/rules
    data: south
    store: postgresql://south@db/south
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "tenants.yaml"


def test_each_has_what_is_its_own_and_the_rest_of_the_server(path: Path) -> None:
    """Paths begin at the folder of the file; what is left out is not had from another."""
    path.write_text(TWO)
    found = load_tenants(path, COMMON)
    north, south = found["north"], found["south"]

    assert (500, 2000, None, None) == (*north[1:], *south[1:])
    assert [7, 7] == [north.settings.port, south.settings.port]
    assert path.parent.parent / "model" == north.settings.model
    assert path.parent / "north/people.yaml" == north.settings.people
    assert (None, None) == (south.settings.model, south.settings.people)
    assert path.parent / "south" == south.settings.data
    assert (None, "postgresql://south@db/south") == (north.settings.store, south.settings.store)


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("name: south", "name: north", "10:11 FIL-004 this `name` is that of the tenant at 3:11"),
        ("data: south", "data: /var/lib/sconto/north", "12:11 FIL-004 this `data`"),
        ("data: south", "data: /var/lib/../lib/sconto/north", "12:11 FIL-004 this `data`"),
        (
            "    model: ../model\n",
            "    store: postgresql://south@db/south\n",
            "13:12 FIL-004 this `store` is that of the tenant at 6:12",
        ),
        ("postgresql://south@db/south", "mysql://x", "13:12 SCH-005"),
        ("name: south", "name: South shop", "10:11 SCH-005"),
        ("    data: south\n", "", "10:5 SCH-002"),
        ("    data: south\n", "    data: south\n    port: 1\n", "13:5 SCH-003"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    old: str, new: str, finding: str, path: Path
) -> None:
    """Line, column and code, and what is there."""
    path.write_text(TWO.replace(old, new))
    with pytest.raises(InvalidTenants) as caught:
        load_tenants(path, COMMON)
    found = [f"{f.line}:{f.col} {f.code} {f.message}" for f in caught.value.findings]

    assert [True] == [f.startswith(finding) for f in found], found


def test_the_example_on_the_page_is_read(path: Path) -> None:
    """What docs/operator.md shows is a file of tenants, and editors think so too."""
    page = (Path(__file__).parents[4] / "docs" / "operator.md").read_text()
    shown = re.search(r"```yaml\n(# tenants.yaml\n.*?)```", page, re.DOTALL)
    assert shown is not None
    path.write_text(shown[1])

    assert {"north", "south"} == set(load_tenants(path, COMMON))
    Draft202012Validator(json.loads(trusted_schema_json())).validate(yaml.safe_load(shown[1]))
