"""Checks of codes: what they open, and that no two of them are the same."""

from __future__ import annotations

from sconto.domain.codes import PER_CODE, normalised
from sconto.rulebook.check.base import Check
from sconto.rulebook.compile.codes import limits_of
from sconto.rulebook.documents.codes import CodesDoc
from sconto.rulebook.findings import DocPath, Source


def check_codes(doc: CodesDoc, check: Check) -> None:
    """Report what is wrong with *doc*, alone and beside the codes before it."""
    library = check.library
    check.one_of(doc, ("code", "single_use"))
    check.known(doc.offers, library.ids("offer"), ("offers",), "REF-004", "offers")
    budgets = {budget.id: source for budget, source in library.budgets}
    for limit in limits_of(doc):
        if limit.id in budgets:
            key = limit.id.removeprefix(f"{doc.id}-").replace("-", "_")
            message = f"id `{limit.id}` of this limit stands at {_at(budgets[limit.id])} too"
            at: DocPath = ("id",) if key == PER_CODE else ("limits", key)
            check.add(at, "FIL-004", message, "give the budget another id")
    for other, source in library.codes if doc.code else ():
        if other.id < doc.id and normalised(other.code or "") == normalised(doc.code or ""):
            message = f"the code is read like that of `{other.id}` at {_at(source, 'code')}"
            advice = (
                "case, spaces, hyphens and look-alike letters make no difference; write another"
            )
            check.add(("code",), "COD-001", message, advice)


def _at(source: Source, key: str = "id") -> str:
    path: DocPath = (key,)
    at = source.at(path)
    return f"{source.file}:{at.line}:{at.col}"
