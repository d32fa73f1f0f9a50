"""The rules of several servers, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sconto.cli import client
from sconto.cli.messages import as_dict, time_text
from sconto.cli.output import print_json, print_lines, print_table
from sconto.cli.status_text import age_text, is_refused
from sconto.errors import Rejected, Unavailable
from sconto.v1.status_service_pb2 import GetStatusResponse, RulesStatus

HEADINGS = ("server", "rules", "in force for", "author", "approver", "commit", "state")


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """The status of one server; *error* says why there is none."""

    server: str
    found: GetStatusResponse | None
    error: str = ""

    @property
    def state(self) -> str:
        """`well`, or the fault in a few words."""
        if self.found is None:
            return "not reached"
        if self.found.rules.publication_overdue:
            return "published rules can't be put in force"
        return "changed files are refused" if is_refused(self.found) else "well"


def status_of(server: str) -> ServerStatus:
    """The status of *server*; a failed call becomes its error."""
    try:
        return ServerStatus(server, client.get_status(server))
    except (Rejected, Unavailable) as error:
        return ServerStatus(server, None, str(error))


def agreed(statuses: Sequence[ServerStatus]) -> bool:
    """Whether all are well and have the same rules in force and pending."""
    rules = {_rules(s.found.rules) for s in statuses if s.found is not None}
    return len(rules) == 1 and all(s.state == "well" for s in statuses)


def print_statuses(statuses: Sequence[ServerStatus], form: str) -> None:
    """Print *statuses* as *form* says, `text` or `json`."""
    if form == "json":
        print_json({"agreed": agreed(statuses), "servers": [_as_json(s) for s in statuses]})
        return
    print_table("Rules", HEADINGS, map(_cells, statuses))
    print_lines(line for status in statuses for line in _lines(status))
    if not agreed(statuses) and all(s.state == "well" for s in statuses):
        print_lines(["the servers disagree"])


def _rules(rules: RulesStatus) -> tuple[str, str, int]:
    pending = rules.pending_publication
    return rules.digest, pending.digest, pending.activate_time.ToMicroseconds()


def _as_json(status: ServerStatus) -> dict[str, Any]:
    rules = None
    if status.found is not None:
        rules = as_dict(status.found.rules)
    return {
        "server": status.server,
        "state": status.state,
        "error": status.error,
        "rules": rules,
    }


def _cells(status: ServerStatus) -> tuple[str, ...]:
    if status.found is None:
        return status.server, "", "", "", "", "", status.state
    rules = status.found.rules
    made = rules.publication
    people = (made.author, made.approver or "nobody", made.commit[:12])
    if not rules.HasField("publication"):
        people = ("rule files", "", "")
    return (status.server, rules.digest[:19], age_text(rules.age), *people, status.state)


def _lines(status: ServerStatus) -> Iterator[str]:
    if status.found is None:
        yield f"{status.server}: {status.error}"
        return
    rules = status.found.rules
    if rules.HasField("pending_publication"):
        pending = rules.pending_publication
        at = time_text(pending.activate_time)
        yield f"{status.server}: {pending.digest[:19]} by {pending.author} waits for {at}"
    if rules.HasField("last_failure"):
        last = rules.last_failure
        at = time_text(last.time)
        yield f"{status.server}: last failure at {at}: {last.reason}: {last.error}"
