"""The file of callers: strict, and wrong ones are refused with the place."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from sconto.app.callers import Caller, CallerRole, TokenTerms
from sconto.errors import InvalidCallers
from sconto.rulebook.documents.schema import trusted_schema_json
from sconto.rulebook.read.callers import load_callers

WEB = """\
kind: callers
tokens:
  issuer: https://login.shop.example/
  audience: sconto
  keys: jwks.json
callers:
  - name: web-shop
    subjects: [web-1, web-2]
    certificates: ["spiffe://shop.example/web"]
    roles: [checkout]
    calls_in_flight: 200
    calls_per_second: 500
"""
ANNA = '  - name: anna\n    certificates: ["anna"]\n    roles: [compliance, operator]\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "callers.yaml"


def test_everybody_is_read(path: Path) -> None:
    """A caller is found by whatever it may prove who it is with."""
    path.write_text(WEB + ANNA)
    callers = load_callers(path)
    web = Caller("web-shop", frozenset({CallerRole.CHECKOUT}), 200, 500)

    assert {"web-1": web, "web-2": web} == callers.by_subject
    assert web == callers.with_certificate(["web.shop.example", "spiffe://shop.example/web"])
    assert {"spiffe://shop.example/web", "anna"} == set(callers.by_certificate)
    terms = TokenTerms("https://login.shop.example/", "sconto", str(path.parent / "jwks.json"))
    assert terms == callers.tokens


def test_a_certificate_of_two_is_nobodys(path: Path) -> None:
    """It would be chance which of them it was."""
    path.write_text(WEB + ANNA)

    assert load_callers(path).with_certificate(["anna", "spiffe://shop.example/web"]) is None


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("name: web-shop", "name: anna", "13:11 FIL-004 `anna` stands here and at 7:11"),
        ("[web-1, web-2]", "[web-1, web-1]", "8:23 FIL-004 `web-1` stands here and at 8:16"),
        ('["anna"]', '["spiffe://shop.example/web"]', "14:20 FIL-004"),
        ('    certificates: ["anna"]\n', "", "13:11 SCH-005 nobody can prove to be `anna`"),
        ("jwks.json", "http://login.example/jwks", "5:9 SCH-005"),
        ("jwks.json", "file:///etc/jwks", "5:9 SCH-005"),
        ("[checkout]", "[cashier]", "10:13 SCH-005"),
        ("calls_in_flight: 200", "calls_in_flight: 0", "11:22 SCH-005"),
        ("  audience: sconto\n", "", "3:3 SCH-002"),
        ("    roles: [checkout]\n", "", "7:5 SCH-002"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    old: str, new: str, finding: str, path: Path
) -> None:
    """Line, column and code, and what is there."""
    path.write_text((WEB + ANNA).replace(old, new))
    with pytest.raises(InvalidCallers) as caught:
        load_callers(path)
    found = [f"{f.line}:{f.col} {f.code} {f.message}" for f in caught.value.findings]

    assert [True] == [f.startswith(finding) for f in found], found


@pytest.mark.parametrize(
    ("tenant", "tenants", "finding", "advice"),
    [
        ("", ("north", "south"), "14:11 SCH-005 `anna` has no tenant", "`north`, `south`"),
        ("nort", ("north", "south"), "15:13 SCH-005 `nort` is no tenant", "did you mean `north`?"),
        ("north", (), "14:13 SCH-005 `north` is no tenant", "leave `tenant` out"),
    ],
)
def test_every_caller_is_of_a_tenant_of_the_server(
    tenant: str, tenants: tuple[str, ...], finding: str, advice: str, path: Path
) -> None:
    """Where there are some; else of none."""
    web = WEB.replace("    roles", "    tenant: south\n    roles") if tenants else WEB
    own = f"    tenant: {tenant}\n" if tenant else ""
    anna = ANNA.replace("- name: anna\n", f"- name: anna\n{own}")
    path.write_text(web + anna)
    with pytest.raises(InvalidCallers) as caught:
        load_callers(path, tenants)
    found = caught.value.findings[0]

    assert f"{found.line}:{found.col} {found.code} {found.message}".startswith(finding)
    assert advice in found.help


def test_subjects_need_terms(path: Path) -> None:
    """Without them no token could be verified."""
    path.write_text("kind: callers\ncallers:\n" + WEB.partition("\ncallers:\n")[2])
    with pytest.raises(InvalidCallers, match="does not say how to verify"):
        load_callers(path)


def test_a_missing_file_is_refused(path: Path) -> None:
    """As any other that can't be read."""
    with pytest.raises(InvalidCallers, match="can't read the file"):
        load_callers(path)


@pytest.mark.parametrize("url", ["https://x.example/jwks", "http://127.0.0.1:1/jwks"])
def test_keys_may_come_from_a_url(url: str, path: Path) -> None:
    """Over TLS, or from this machine."""
    path.write_text(WEB.replace("jwks.json", url))
    terms = load_callers(path).tokens

    assert terms is not None
    assert url == terms.keys


def test_the_example_of_the_page_is_read_and_fits_the_schema(path: Path) -> None:
    """As it stands there."""
    page = (Path(__file__).parents[4] / "docs" / "operator.md").read_text()
    (text,) = re.findall(r"```yaml\n(# callers\.yaml\n.*?)```", page, re.DOTALL)
    path.write_text(text)
    schema = Draft202012Validator(json.loads(trusted_schema_json()))

    assert 4 == len({c.name for c in load_callers(path).by_subject.values()} | {"tills"})
    assert [] == list(schema.iter_errors(yaml.safe_load(text)))
    assert [] != list(schema.iter_errors(yaml.safe_load(text.replace("roles", "role"))))
