"""The status of a server, as text or JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from google.protobuf.duration_pb2 import Duration

from sconto.cli.messages import as_dict, time_text
from sconto.cli.output import print_json, print_lines
from sconto.v1 import status_service_pb2 as wire

_RULES: Final = "eligibility rules and guardrails"


def print_status(found: wire.GetStatusResponse, form: str) -> None:
    """Print *found* as *form* says, `text` or `json`."""
    if form == "json":
        print_json(as_dict(found))
    else:
        print_lines(_lines(found))


def is_refused(found: wire.GetStatusResponse) -> bool:
    """Whether changed rule files or published rules are not served."""
    unserved = found.rules.last_reload.outcome == wire.RELOAD_OUTCOME_REFUSED
    return bool(unserved or found.rules.publication_overdue)


def age_text(age: Duration) -> str:
    """*age* in its two largest units: `3 d 4 h`, `12 min 5 s`, `40 s`."""
    minutes, seconds = divmod(age.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    first = next((i for i, (n, _) in enumerate(units) if n), len(units) - 1)
    return " ".join(f"{n} {unit}" for n, unit in units[first : first + 2])


def _scored(scoring: wire.ScoringStatus) -> str:
    counted = (
        f"{scoring.scored_count} decisions, {scoring.partly_unknown_count} of them with an unknown "
        f"input; {scoring.refused_unknown_count} more had too many"
    )
    missing = ", ".join(scoring.unfilled_inputs)
    return counted + (f"; no fact fills {missing}" if missing else "")


def _held(rules: wire.RulesStatus) -> str:
    limits = "eligibility rule or guardrail" if rules.rule_count == 1 else _RULES
    offers = "offer" if rules.offer_count == 1 else "offers"
    return f"{rules.rule_count} {limits}, {rules.offer_count} {offers}"


def _lines(found: wire.GetStatusResponse) -> Iterator[str]:
    rules = found.rules
    model = ", ".join(f"{name} {value}" for name, value in sorted(found.model.items()))
    yield f"sconto {found.version}, serving since {time_text(found.start_time)}"
    yield f"rules       {rules.digest}"
    yield f"in force    for {age_text(rules.age)}, since {time_text(rules.active_since_time)}"
    yield f"holds       {_held(rules)}"
    yield f"model       {model or 'none'}"
    if found.model:
        yield f"scored      {_scored(found.scoring)}"
    yield f"reloads     {rules.reload_count}" + (", one more is pending" if rules.pending else "")
    if rules.HasField("publication"):
        made = rules.publication
        yield f"published   by {made.author}, approved by {made.approver or 'nobody'}: {made.why}"
    if rules.HasField("pending_publication"):
        waiting = rules.pending_publication
        yield f"waiting     {waiting.digest}, for {time_text(waiting.activate_time)}"
    if rules.publication_overdue:
        yield f"the published rules can't be put in force: {rules.last_failure.error}"
    if rules.HasField("last_reload"):
        yield from _reload_lines(rules.last_reload)


def _reload_lines(last: wire.ReloadAttempt) -> Iterator[str]:
    outcome = wire.ReloadOutcome.Name(last.outcome).removeprefix("RELOAD_OUTCOME_").lower()
    yield f"last reload {outcome} at {time_text(last.start_time)}"
    if last.error:
        yield f"the changed rules are not served: {last.error}"
    for f in last.findings:
        yield f"{f.file}:{f.line}:{f.column}: {f.code} {f.message}"
        yield f"  help: {f.help}"
    if more := last.finding_count - len(last.findings):
        yield f"and {more} more; `sconto rules lint` names all"
