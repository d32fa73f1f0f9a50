"""What several servers say of their rules, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf.json_format import MessageToDict

from sconto.cli.exits import Failure
from sconto.cli.log_rows import instant_text
from sconto.cli.output import print_json, print_lines, print_table
from sconto.cli.remote import status_there
from sconto.cli.status_text import age_text, refused
from sconto.v1.status_service_pb2 import GetStatusResponse, RulesStatus

HEADINGS = ("server", "rules", "in force for", "author", "approver", "commit", "state")


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """What one server said; *error* says why it said nothing."""

    server: str
    found: GetStatusResponse | None
    error: str = ""

    @property
    def state(self) -> str:
        """`well`, or what is wrong, in a few words."""
        if self.found is None:
            return "not reached"
        if self.found.rules.publication_overdue:
            return "published rules can't be put in force"
        return "changed files are refused" if refused(self.found) else "well"


def asked(server: str) -> ServerStatus:
    """What *server* says."""
    try:
        return ServerStatus(server, status_there(server))
    except Failure as error:
        return ServerStatus(server, None, str(error))


def agreed(statuses: Sequence[ServerStatus]) -> bool:
    """Whether all are well, decide by the same rules, and will."""
    said = {_rules(s.found.rules) for s in statuses if s.found is not None}
    return len(said) == 1 and all(s.state == "well" for s in statuses)


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
        rules = MessageToDict(
            status.found.rules,
            preserving_proto_field_name=True,
            always_print_fields_with_no_presence=True,
        )
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
        at = instant_text(pending.activate_time.ToMicroseconds())
        yield f"{status.server}: {pending.digest[:19]} by {pending.author} waits for {at}"
    if rules.HasField("last_failure"):
        last = rules.last_failure
        at = instant_text(last.time.ToMicroseconds())
        yield f"{status.server}: last failure at {at}: {last.reason}: {last.error}"
