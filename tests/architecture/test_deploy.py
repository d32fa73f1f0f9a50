"""What is in deploy/ fits the server: settings, metrics, ports, files and extras."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from architecture.sources import ROOT
from sconto.cli.serve import serve
from sconto.cli.server_options import settings_from
from sconto.settings import Settings
from sconto.telemetry.metrics import CallMetrics, CommitMetrics
from sconto.telemetry.state import StateMetrics

DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm" / "sconto"
DASHBOARD = (DEPLOY / "grafana" / "sconto.json").read_text()
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
HISTOGRAM = ("_bucket", "_sum", "_count")


def exported() -> dict[str, set[str]]:
    """The series of each metric of a server."""
    registry = CollectorRegistry()
    _ = CallMetrics(registry), CommitMetrics(registry), StateMetrics(registry, "")
    endings = {"counter": ("_total",), "histogram": HISTOGRAM, "gauge": ("",)}
    return {m.name: {f"{m.name}{end}" for end in endings[m.type]} for m in registry.collect()}


def test_the_dashboard_shows_every_metric_and_no_other() -> None:
    """A panel of a metric that nobody exports stays empty, and nobody wonders."""
    shown = {*re.findall(r"sconto_[a-z_]+", " ".join(expressions()))}
    metrics = exported()

    assert set() == shown - set().union(*metrics.values())
    assert [] == [name for name, series in metrics.items() if not shown & series]


def expressions() -> list[str]:
    """The expressions of all panels."""
    panels = json.loads(DASHBOARD)["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def test_the_panels_of_the_dashboard_do_not_overlap() -> None:
    """Each has an id and a place of its own on the grid of 24 columns."""
    panels = json.loads(DASHBOARD)["panels"]
    cells = [
        (x, y)
        for p in panels
        for x in range(p["gridPos"]["x"], p["gridPos"]["x"] + p["gridPos"]["w"])
        for y in range(p["gridPos"]["y"], p["gridPos"]["y"] + p["gridPos"]["h"])
    ]
    assert len(cells) == len({*cells})
    assert max(x for x, _ in cells) < 24
    assert len(panels) == len({p["id"] for p in panels})


def settings_of(path: Path) -> Settings:
    """The settings of a server that reads the file *path*."""
    return settings_from(serve.make_context("serve", ["--settings", str(path)]).params)


def test_the_image_serves_by_its_settings_file() -> None:
    """The file is read, and names the ports and folders of the image."""
    settings = settings_of(DEPLOY / "sconto.yaml")

    assert settings.metrics is not None
    assert f"EXPOSE {settings.port} {settings.metrics.port}\n" in DOCKERFILE
    assert f'VOLUME ["{settings.data}", "{settings.log_key_file.parent}"]' in DOCKERFILE
    assert "SCONTO_SETTINGS=/etc/sconto/sconto.yaml" in DOCKERFILE
    assert settings.trust_network


def test_the_image_installs_extras_that_there_are() -> None:
    """Pip only warns of an extra that nobody knows."""
    found = re.search(r"'\.\[([a-z,]+)\]'", DOCKERFILE)
    assert found is not None
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert {*found[1].split(",")} <= project["optional-dependencies"].keys()
    assert re.search(r"^USER [1-9]", DOCKERFILE, re.MULTILINE)


@pytest.mark.parametrize("name", ["server", "migrate"])
def test_containers_may_do_no_more_than_they_must(name: str) -> None:
    """A read-only root file system, no capabilities, no new rights, and a way to /tmp."""
    service = COMPOSE["services"][name]

    assert service["read_only"]
    assert ["ALL"] == service["cap_drop"]
    assert ["no-new-privileges:true"] == service["security_opt"]
    assert ["/tmp"] == service["tmpfs"]  # noqa: S108 - of the container


def test_compose_mounts_what_is_there_and_scrapes_the_server() -> None:
    """Docker makes an empty folder of a path that is missing."""
    mounts = [
        volume.split(":")[0]
        for service in COMPOSE["services"].values()
        for volume in service.get("volumes", ())
    ]
    scraped = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    metrics = settings_of(DEPLOY / "sconto.yaml").metrics

    assert [] == [m for m in mounts if m.startswith(".") and not (DEPLOY / m).exists()]
    assert [m for m in mounts if not m.startswith(".")] == [*COMPOSE["volumes"]]
    assert metrics is not None
    (job,) = scraped["scrape_configs"]
    assert [f"server:{metrics.port}"] == job["static_configs"][0]["targets"]


def test_the_chart_sets_what_can_be_set() -> None:
    """Every key of the settings file that the chart writes is a setting."""
    template = (CHART / "templates" / "settings.yaml").read_text()
    values: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
    keys = {*re.findall(r"^    ([a-z_]+): ", template, re.MULTILINE), *values["settings"]}

    assert {"rules", "store", "metrics", "trust_network", "log_format"} <= keys
    assert set() == keys - Settings.__dataclass_fields__.keys()


def test_the_chart_knows_every_value_that_it_names() -> None:
    """`values.yaml`, its schema and the templates speak of the same values."""
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    schema = json.loads((CHART / "values.schema.json").read_text())
    templates = " ".join(p.read_text() for p in (CHART / "templates").iterdir())
    named = {*re.findall(r"\.Values\.([A-Za-z]+)", templates)}

    assert named == {*values}
    assert {*values, "global"} == schema["properties"].keys()
