"""The rule engine and the reference evaluator agree on every rule, whatever the facts."""

from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sconto.domain.condition import Condition
from sconto.domain.context import DecisionContext, Facts
from sconto.domain.judging import EVERYTHING, Judges, columns_of
from sconto.domain.ruleset import Ruleset
from sconto.domain.shortlist import shortlist
from sconto.rulebook.compile.ruleset import ruleset_from_documents
from sconto.rulebook.documents import MODELS
from sconto.rulebook.findings import Report, Source
from sconto.rulebook.judge import rete
from sconto.rulebook.judge.conjunctions import TooLarge
from sconto.rulebook.judge.fallback import judges_for
from sconto.rulebook.judge.reference import ReferenceJudge
from sconto.rulebook.judge.rete import ReteJudge
from sconto.rulebook.read.document import read_document
from sconto.rulebook.read.strict_yaml import parse_yaml
from strategies import candidates, conditions, contexts, requests, rulesets

KEYS = sorted(
    {key for model in MODELS.values() for key in model.model_fields} | {"fact", "is", "all"}
)

rule_lists = st.lists(conditions(), min_size=1, max_size=6)
asked = st.just(EVERYTHING) | st.integers(0, 2**6 - 1)
batches = st.lists(st.tuples(candidates(), asked), max_size=6).map(
    lambda pairs: ([own for own, _ in pairs], [about for _, about in pairs])
)
traffic = st.lists(st.tuples(requests(), batches), max_size=4)

Seen = list[tuple[Facts, tuple[list[Facts], list[int]]]]


def _engine_judge(rules: list[Condition]) -> ReteJudge:
    try:
        return ReteJudge(rules)
    except TooLarge:
        assume(condition=False)
        raise


@settings(deadline=None, max_examples=200)
@given(rules=rule_lists, seen=traffic)
def test_the_engine_agrees_with_the_reference(rules: list[Condition], seen: Seen) -> None:
    """Every verdict is the reference's, for known and missing facts, on first and second sight."""
    judge = _engine_judge(rules)
    reference = ReferenceJudge(rules)
    for request, (own, about) in [*seen, *seen]:
        assert reference.judge(request, columns_of(own), about) == judge.judge(
            request, columns_of(own), about
        )
    judge.close()


@settings(deadline=None, max_examples=50)
@given(rules=rule_lists, request=requests(), own=st.lists(candidates(), max_size=8), data=st.data())
def test_verdicts_do_not_depend_on_the_order_of_candidates(
    rules: list[Condition], request: Facts, own: list[Facts], data: st.DataObject
) -> None:
    """Judging the candidates in another order gives each the same verdicts."""
    judge = _engine_judge(rules)
    order = data.draw(st.permutations(range(len(own))))
    everything = [EVERYTHING] * len(own)
    first = judge.judge(request, columns_of(own), everything)
    shuffled = judge.judge(request, columns_of([own[i] for i in order]), everything)
    judge.close()
    assert [first[i] for i in order] == shuffled


@settings(deadline=None, max_examples=50)
@given(rules=rule_lists, seen=traffic)
def test_a_memo_that_overflows_changes_no_verdict(rules: list[Condition], seen: Seen) -> None:
    """With room for two projections only, verdicts stay the reference's."""
    judge = _engine_judge(rules)
    reference = ReferenceJudge(rules)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rete, "MAX_MEMO", 2)
        for request, (own, about) in seen:
            assert reference.judge(request, columns_of(own), about) == judge.judge(
                request, columns_of(own), about
            )
    judge.close()


@settings(deadline=None, max_examples=50)
@given(rules=rule_lists, seen=traffic)
def test_what_is_remembered_changes_no_verdict(rules: list[Condition], seen: Seen) -> None:
    """A judge that has seen everything, one that keeps nothing and the reference agree."""
    lasting = _engine_judge(rules)
    reference = ReferenceJudge(rules)
    for request, (own, about) in seen:
        lasting.judge(request, columns_of(own), about)
    for request, (own, about) in seen:
        fresh = ReteJudge(rules)
        expected = reference.judge(request, columns_of(own), about)
        assert (
            expected
            == lasting.judge(request, columns_of(own), about)
            == fresh.judge(request, columns_of(own), about)
        )
        fresh.close()
    lasting.close()


@settings(deadline=None, max_examples=40)
@given(ruleset=rulesets(), context=contexts())
def test_a_compiled_ruleset_is_judged_as_the_reference_does(
    ruleset: Ruleset, context: DecisionContext
) -> None:
    """From documents to shortlist, the engine and the reference withhold the same candidates."""
    levels = tuple(ReferenceJudge([s.condition for s in lv]) for lv in ruleset.segment_levels)
    lines = ReferenceJudge(tuple(ruleset.line_conditions.values()))
    plain = Judges(levels, ReferenceJudge([rule.condition for rule in ruleset.rules]), lines)
    expected = shortlist(context, ruleset, plain)
    assert expected == shortlist(context, ruleset, judges_for(ruleset))


@settings(deadline=None, max_examples=40)
@given(ruleset=rulesets())
def test_a_ruleset_compiles_back_from_its_own_documents(ruleset: Ruleset) -> None:
    """`Ruleset.documents` is all that a later replay needs."""
    assert ruleset == ruleset_from_documents(ruleset.documents)


yaml_like = st.text(alphabet=string.ascii_letters + "0123456789 \n\t:-[]{}&*!|>'\"%#,.?@`~<=\\\x85")


@settings(deadline=None, max_examples=400)
@given(
    raw=st.binary(max_size=200)
    | yaml_like.map(str.encode)
    | st.text().map(lambda t: t.encode("utf-8", "surrogatepass"))
)
def test_no_bytes_can_break_the_loader(raw: bytes) -> None:
    """Whatever is in a file, reading it gives a value or findings, never an exception."""
    parsed = parse_yaml(raw, "f.yaml")
    assert parsed.findings or isinstance(parsed.value, dict)


json_like = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["5 %", "a-b"]),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), below, max_size=6)
    ),
    max_leaves=20,
)


@settings(deadline=None, max_examples=300)
@given(
    kind=st.sampled_from(sorted(MODELS)), values=st.dictionaries(st.sampled_from(KEYS), json_like)
)
def test_no_document_can_break_the_checks(kind: str, values: dict[str, Any]) -> None:
    """Whatever stands under whatever key, a document is typed or explained."""
    report = Report()
    found = read_document({**values, "kind": kind}, Source("f.yaml"), report)
    assert (found is None) == bool(report.findings)
