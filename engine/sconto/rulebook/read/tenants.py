"""The file of tenants: the shops of one server, each with everything of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints

from sconto.errors import InvalidTenants
from sconto.rulebook.documents.base import Model, optional
from sconto.rulebook.documents.values import Id, refuse
from sconto.rulebook.findings import Report, Source
from sconto.rulebook.read.one_file import read_file_as
from sconto.settings import Settings, TenantSettings

SCHEMES: Final = frozenset({"postgresql", "postgres"})
MOST: Final = 64
"""Each has a store, a model and rules in memory."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]


def _database(url: str) -> str:
    scheme, found, _ = url.partition("://")
    if found and scheme in SCHEMES:
        return url
    raise refuse("this is not the URL of a database", "write `postgresql://USER@HOST/DATABASE`")


class TenantDoc(Model):
    """One shop. A path is taken from the folder of the file."""

    name: Id = Field(description="How callers, metrics and the log call it.", examples=["north"])
    rules: Text = Field(description="Folder of its rule files.", examples=["north/rules"])
    data: Text = Field(
        description="Folder of its decision log, and of its key of shopper references.",
        examples=["/var/lib/sconto/north"],
    )
    store: Annotated[Text, AfterValidator(_database)] | None = optional(
        "PostgreSQL database of its decision log.", "postgresql://north@db/north"
    )
    keys: Text | None = optional(
        "Folder of the key that signs its log; else it is beside `data`, by its name and `.keys`.",
        "/var/lib/sconto/north.keys",
    )
    model: Text | None = optional("Folder of its model; without one, rules alone answer.", "model")
    people: Text | None = optional(
        "File of people who may publish its rules; without one, nobody may.", "north/people.yaml"
    )
    calls_in_flight: Annotated[int, Field(ge=1, le=1_000)] | None = optional(
        "At most so many calls of its callers at once, in each process of the server; without it, "
        "an equal share of all that the server takes.",
        500,
    )
    calls_per_second: Annotated[int, Field(ge=1, le=1_000_000)] | None = optional(
        "At most so many calls of its callers a second, in each process of the server.", 2_000
    )


class TenantsDoc(Model):
    """All shops of one server."""

    kind: Literal["tenants"]
    tenants: list[TenantDoc] = Field(
        min_length=1, max_length=MOST, description="All shops, each once."
    )


def load_tenants(path: Path, common: Settings) -> dict[str, TenantSettings]:
    """The settings of each tenant that the file *path* names; the rest of them is *common*.

    Raises InvalidTenants with every finding.
    """

    def check(doc: TenantsDoc, source: Source, report: Report) -> None:
        _check(doc, path.parent, source, report)

    doc = read_file_as(path, "tenants", TenantsDoc, check, InvalidTenants)
    return {one.name: _settings(one, path.parent, common) for one in doc.tenants}


def _settings(doc: TenantDoc, folder: Path, common: Settings) -> TenantSettings:
    own = replace(
        common,
        rules=_path(folder, doc.rules),
        data=_path(folder, doc.data),
        store=doc.store,
        keys=_path(folder, doc.keys) if doc.keys else None,
        model=_path(folder, doc.model) if doc.model else None,
        people=_path(folder, doc.people) if doc.people else None,
        tenants=None,
    )
    return TenantSettings(own, doc.calls_in_flight, doc.calls_per_second)


def _path(folder: Path, text: str) -> Path:
    return Path(os.path.normpath(folder / text))


def _check(doc: TenantsDoc, folder: Path, source: Source, report: Report) -> None:
    """Note what two tenants would share."""
    first: dict[tuple[str, object], tuple[str | int, ...]] = {}
    for i, one in enumerate(doc.tenants):
        for key, value in _own(one, folder):
            at = ("tenants", i, key)
            there = first.setdefault((key, value), at)
            if there != at:
                place = source.at(there)
                message = f"this `{key}` is that of the tenant at {place.line}:{place.col} too"
                advice = f"give each tenant a `{key}` of its own"
                report.add(source, at, "FIL-004", message, advice)


def _own(one: TenantDoc, folder: Path) -> Iterator[tuple[str, object]]:
    """What no other tenant may have."""
    yield "name", one.name
    yield "data", _path(folder, one.data).resolve()
    if one.keys is not None:
        yield "keys", _path(folder, one.keys).resolve()
    if one.store is not None:
        yield "store", one.store
