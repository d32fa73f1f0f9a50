"""The report: one page that needs nothing but itself."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from sconto.learning.judge.figures import FIGURES_FILE, Figures
from sconto.learning.judge.plots import alt, plot
from sconto.learning.judge.sections import sections

REPORT_FILE: Final = "report.html"
_TEMPLATE: Final = "report.html.j2"


def report(figures: Figures) -> str:
    """The page of one run; the same figures give the same page."""
    parts = sections(figures)
    drawn = {
        name: (Markup(plot(name, figures)), alt(name, figures))  # noqa: S704 - matplotlib's own
        for part in parts
        for name in part.plots
    }
    return _template().render(
        figures=figures, sections=parts, plots=drawn, figures_file=FIGURES_FILE
    )


@lru_cache
def _template() -> Template:
    loader = PackageLoader("sconto.learning", "judge")
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(_TEMPLATE)
