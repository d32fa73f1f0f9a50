"""Scopes are found once for a kind of line; remembering them never changes an answer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sconto.domain import scopes
from sconto.domain.context import Line
from sconto.domain.scope import Scope
from sconto.domain.scopes import ScopeIndex
from support.builders import line

WORDS = st.sampled_from(["a", "b", "c"])
SETS = st.frozensets(WORDS, max_size=2)
SCOPES = st.lists(st.builds(Scope, SETS, SETS, SETS, SETS, SETS, SETS), max_size=5)
LINES = st.lists(
    st.builds(
        Line,
        st.just("l"),
        WORDS,
        WORDS,
        WORDS,
        WORDS,
        st.just(1),
        st.just(1),
        st.none(),
        st.just({}),
    ),
    max_size=20,
)


@settings(deadline=None, max_examples=300)
@given(SCOPES, LINES)
def test_the_index_covers_what_each_scope_covers(many: list[Scope], lines: list[Line]) -> None:
    """Bit i is what scope i says itself, on first sight and from memory, however little room."""
    index = ScopeIndex(many)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scopes, "MAX_REMEMBERED", 3)
        for each in [*lines, *lines]:
            expected = sum(1 << i for i, scope in enumerate(many) if scope.covers(each))
            assert expected == index.covering(each)


def test_a_product_matters_only_where_a_scope_names_it() -> None:
    """Lines that differ in a product nobody names are of one kind."""
    index = ScopeIndex([Scope(categories=frozenset({"CHEESE"}))])
    for line_id in ("p1", "p2", "p3"):
        index.covering(line(line_id))

    assert 1 == len(index._remembered)
