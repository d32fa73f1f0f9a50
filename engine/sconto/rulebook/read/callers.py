"""The file of callers: who may call a server, by which credentials, and what each may do."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from sconto.app.callers import Caller, CallerRole, Callers, TokenTerms
from sconto.errors import InvalidCallers
from sconto.rulebook.documents.base import Model, optional
from sconto.rulebook.documents.values import Id, Name, described, refuse
from sconto.rulebook.findings import Report, Source, did_you_mean
from sconto.rulebook.read.one_file import read_file_as

SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")

Text = Annotated[str, StringConstraints(min_length=1, max_length=500)]


def _keys(text: str) -> str:
    """*text*, a path or a URL over which keys can't be replaced on their way."""
    if not SCHEME.match(text):
        return text
    url = urlsplit(text)
    if url.scheme == "https" or (url.scheme == "http" and _is_here(url.hostname or "")):
        return text
    advice = "write a path, or a URL that begins with `https://`"
    raise refuse(f'`"{text[:60]}"` is not a place for keys', advice)


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class TokensDoc(Model):
    """How tokens are verified."""

    issuer: Text = Field(
        description="The claim `iss` of tokens.", examples=["https://login.shop.example/"]
    )
    audience: Text = Field(description="What the claim `aud` of tokens names.", examples=["sconto"])
    keys: Annotated[Text, AfterValidator(_keys)] = Field(
        description="The issuer's public keys (RFC 7517): a file, taken from the folder of this "
        "one, or a URL.",
        examples=["https://login.shop.example/.well-known/jwks.json", "jwks.json"],
    )
    claim: Name = Field(
        default="sub",
        description="The claim that names the caller.",
        examples=["sub", "client_id", "azp"],
    )


class CallerDoc(Model):
    """One caller: a shop's checkouts, say, or a person."""

    name: Id = Field(description="How records and the log call it.", examples=["web-shop"])
    subjects: list[Text] | None = optional(
        "What tokens of the caller say in the claim that names callers.", ["web-shop-prod"]
    )
    tenant: Id | None = optional(
        "Whose rules, budgets and decisions it calls, where the server has tenants.", "north"
    )
    certificates: list[Text] | None = optional(
        "Alternative names in its certificates: DNS names, URIs or addresses.",
        ["spiffe://shop.example/web"],
    )
    roles: list[
        Annotated[
            Literal["checkout", "business", "compliance", "operator"],
            described(
                checkout="Decide, redeem, release, take returns, send events and prices.",
                business="Publish rules, and read them.",
                compliance="Read decisions and what was published.",
                operator="Read the server's status.",
            ),
        ]
    ] = Field(min_length=1, description="What it may do.", examples=[["checkout"]])
    calls_in_flight: Annotated[int, Field(ge=1, le=100_000)] | None = optional(
        "At most so many calls at once, in each process of the server.", 200
    )
    calls_per_second: Annotated[int, Field(ge=1, le=1_000_000)] | None = optional(
        "At most so many calls a second, in each process of the server.", 500
    )


class CallersDoc(Model):
    """Everybody who may call one server."""

    kind: Literal["callers"]
    tokens: TokensDoc | None = optional("How tokens are verified, where callers have some.")
    callers: list[CallerDoc] = Field(min_length=1, description="Everybody, each once.")


def load_callers(path: Path, tenants: Collection[str] = ()) -> Callers:
    """Everybody in the file *path*, each of one of *tenants*, if there are any.

    Raises InvalidCallers with every finding.
    """

    def check(doc: CallersDoc, source: Source, report: Report) -> None:
        _check(doc, source, report)
        for i, one in enumerate(doc.callers):
            _check_tenant(one, ("callers", i), tenants, source, report)

    doc = read_file_as(path, "callers", CallersDoc, check, InvalidCallers)
    callers = [(one, _caller(one)) for one in doc.callers]
    tokens = doc.tokens
    return Callers(
        by_subject={s: caller for one, caller in callers for s in one.subjects or ()},
        by_certificate={n: caller for one, caller in callers for n in one.certificates or ()},
        tokens=TokenTerms(tokens.issuer, tokens.audience, _place(tokens.keys, path), tokens.claim)
        if tokens
        else None,
    )


def is_url(keys: str) -> bool:
    """Whether *keys* of TokenTerms is a URL, and no path."""
    return bool(SCHEME.match(keys))


def _place(keys: str, path: Path) -> str:
    return keys if is_url(keys) else str(path.parent / keys)


def _caller(doc: CallerDoc) -> Caller:
    roles = frozenset(map(CallerRole, doc.roles))
    return Caller(
        doc.name, roles, doc.calls_in_flight, doc.calls_per_second, tenant=doc.tenant or ""
    )


def _check_tenant(
    one: CallerDoc,
    at: tuple[str | int, ...],
    tenants: Collection[str],
    source: Source,
    report: Report,
) -> None:
    """Note a caller of no tenant, or of one that the server does not have."""
    if one.tenant is None and tenants:
        message = f"`{one.name}` has no tenant, and the server has some"
        report.add(source, (*at, "name"), "SCH-005", message, f"add `tenant`: {_listed(tenants)}")
    elif one.tenant is not None and one.tenant not in tenants:
        message = f"`{one.tenant}` is no tenant of the server"
        advice = (
            did_you_mean(one.tenant, tenants)
            if tenants
            else ("leave `tenant` out, or name the file of tenants with `--tenants`")
        )
        report.add(source, (*at, "tenant"), "SCH-005", message, advice)


def _listed(tenants: Collection[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(tenants))


def _check(doc: CallersDoc, source: Source, report: Report) -> None:
    """Note what makes it unclear who calls."""
    first: dict[tuple[str, str], tuple[str | int, ...]] = {}
    for i, one in enumerate(doc.callers):
        for what, text, at in _names(one, i):
            there = first.setdefault((what, text), at)
            if there != at:
                place = source.at(there)
                message = f"`{text}` stands here and at {place.line}:{place.col}"
                advice = "name each caller, subject and certificate once"
                report.add(source, at, "FIL-004", message, advice)
        if not one.subjects and not one.certificates:
            message = f"nobody can prove to be `{one.name}`"
            advice = "add `subjects` of its tokens, or `certificates`"
            report.add(source, ("callers", i, "name"), "SCH-005", message, advice)
        if one.subjects and doc.tokens is None:
            message = "`subjects` are of tokens, and the file does not say how to verify them"
            advice = "add `tokens` with `issuer`, `audience` and `keys`"
            report.add(source, ("callers", i, "subjects"), "SCH-005", message, advice)


def _names(one: CallerDoc, i: int) -> Iterator[tuple[str, str, tuple[str | int, ...]]]:
    """All that must be there once, what it is, and where it stands."""
    yield "name", one.name, ("callers", i, "name")
    for what, texts in (("subjects", one.subjects), ("certificates", one.certificates)):
        for n, text in enumerate(texts or ()):
            yield what, text, ("callers", i, what, n)
