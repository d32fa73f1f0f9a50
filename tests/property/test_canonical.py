"""Canonical JSON is RFC 8785, byte for byte, for all that a record can hold."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from sconto.domain.canonical import canonical, digest, parse
from sconto.errors import CorruptRecord

EDGE = 2**53 - 1
keys = st.text(st.characters(min_codepoint=0, max_codepoint=127), max_size=6)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
scalars = st.none() | st.booleans() | st.integers(-EDGE, EDGE) | texts
records = st.dictionaries(
    keys,
    st.recursive(scalars, lambda v: st.lists(v, max_size=4) | st.dictionaries(keys, v, max_size=4)),
    max_size=5,
)


@given(records)
@example({"b": EDGE, "a": [-EDGE, '\x00\x1f\x7f\u2028"\\/é𝄞'], "B": {}, "": []})
def test_it_is_rfc_8785(record: dict[str, Any]) -> None:
    """The reference implementation of RFC 8785 gives the same bytes."""
    assert rfc8785.dumps(record) == canonical(record)


@given(records)
def test_it_reads_back_what_it_wrote(record: dict[str, Any]) -> None:
    """Parsing gives the value, and writing that again the bytes."""
    assert record == parse(canonical(record))
    assert canonical(record) == canonical(parse(canonical(record)))


@given(records, st.randoms(use_true_random=False))
def test_the_order_of_keys_changes_nothing(record: dict[str, Any], random: Random) -> None:
    """A record built in another order has the same bytes, and so the same digest."""
    entries = list(record.items())
    random.shuffle(entries)
    assert digest(canonical(record)) == digest(canonical(dict(entries)))


@pytest.mark.parametrize("number", [EDGE + 1, -EDGE - 1])
def test_a_number_that_others_would_round_is_refused(number: int) -> None:
    """Beyond 2**53 a reader in another language would see another number."""
    with pytest.raises(TypeError):
        canonical({"n": number})


@pytest.mark.parametrize("raw", [b"", b"{", b"nonsense", b'{"a":NaN}', b"\xff"])
def test_bytes_that_are_no_json_are_a_corrupt_record(raw: bytes) -> None:
    """Reading them raises CorruptRecord and nothing else."""
    with pytest.raises(CorruptRecord, match="the stored bytes are not JSON"):
        parse(raw)
