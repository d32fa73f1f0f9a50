"""Lint what is in deploy/ with the tools of its formats: hadolint, Helm, Kubernetes' schemas.

They are large, so `make deploy-check` keeps them apart from the environment of the project.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import helm_python
import kubernetes_validate
import yaml

DEPLOY = Path(__file__).resolve().parent.parent / "deploy"
CHART = DEPLOY / "helm" / "sconto"
KUBERNETES = ("1.27", "1.33")
VALUES: tuple[dict[str, Any], ...] = (
    {},
    {
        "modelVolume": {"persistentVolumeClaim": {"claimName": "model"}},
        "tls": {"secret": "tls", "clientCertificates": True},
        "probe": {"exec": {"command": ["sconto", "health", "--server", "localhost:8470"]}},
        "env": [{"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "value": "http://collector:4317"}],
        "nodeSelector": {"disk": "fast"},
        "podAnnotations": {"team": "pricing"},
        "service": {"type": "ClusterIP", "annotations": {"team": "pricing"}},
    },
)
"""The defaults, and every branch of the templates."""


def main() -> int:
    """Print all that is wrong, and return the exit code."""
    hadolint = Path(sys.executable).parent / "hadolint"
    code = subprocess.run([hadolint, DEPLOY / "Dockerfile"], check=False).returncode
    found = [line for values in VALUES for line in (*_linted(values), *_invalid(values))]
    print("\n".join([*found, f"{len(found)} findings in the chart"]))
    return 1 if code or found else 0


def _linted(values: dict[str, Any]) -> Iterator[str]:
    report = helm_python.lint(CHART, values, strict=True)
    yield from report["errors"]


def _invalid(values: dict[str, Any]) -> Iterator[str]:
    rendered = helm_python.Chart.load(CHART).render(values, name="shop", namespace="pricing")
    for path, text in rendered.items():
        for resource in filter(None, yaml.safe_load_all(text)):
            for version in KUBERNETES:
                try:
                    kubernetes_validate.validate(resource, version, strict=True)
                except kubernetes_validate.ValidationError as error:
                    yield f"{path}, Kubernetes {version}: {error}"


if __name__ == "__main__":
    sys.exit(main())
