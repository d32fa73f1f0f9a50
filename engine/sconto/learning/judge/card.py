"""The model card: the report's sections as Markdown."""

from __future__ import annotations

from typing import Final

from sconto.learning.judge.figures import FIGURES_FILE, Figures
from sconto.learning.judge.sections import Section, Table, sections

CARD_FILE: Final = "card.md"


def card(figures: Figures) -> str:
    """The card of one run; the same figures give the same text."""
    head = (
        f"# Model card: {figures.recipe}, {figures.outcome}\n\n"
        "Written by `sconto learn judge` from its own figures "
        f"(`{FIGURES_FILE}`); don't edit it by hand."
    )
    return "\n\n".join([head, *map(_section, sections(figures))]) + "\n"


def _section(section: Section) -> str:
    sentences = "\n".join(f"- {sentence}" for sentence in section.sentences)
    parts = [f"## {section.title}", *([sentences] if sentences else [])]
    return "\n\n".join([*parts, *map(_table, section.tables)])


def _table(table: Table) -> str:
    lines = [table.head, ["---"] * len(table.head), *table.rows]
    rows = "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)
    return f"{table.caption}:\n\n{rows}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
