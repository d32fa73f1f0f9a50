"""The keyed hash of a code."""

from __future__ import annotations

from sconto.app.code_ref import code_ref, sent_codes
from sconto.app.user_ref import user_ref
from sconto.domain.codes import normalised
from support import builders

KEY = b"k" * 32


def test_a_code_is_no_shopper_and_no_other_key_makes_its_hash() -> None:
    """The same text as a shopper's id has another hash, and so it has under another key."""
    assert code_ref(KEY, "A1") not in {user_ref(KEY, "A1"), code_ref(b"o" * 32, "A1")}
    assert (32, code_ref(KEY, "A1")) == (len(code_ref(KEY, "A1")), code_ref(KEY, "A1"))


def test_what_is_read_alike_has_one_hash_and_one_set() -> None:
    """However it is typed; a text of no set has none."""
    ruleset = builders.ruleset(code_sets=[builders.code_set(text=normalised("WELCOME10"))])
    first, second, other = sent_codes(KEY, ["welcome-10", "WE1COME IO", "hello"], ruleset)

    assert first == second
    assert ("welcome", "") == (first.set_id, other.set_id)
