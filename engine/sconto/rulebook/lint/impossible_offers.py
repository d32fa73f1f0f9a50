"""Offers and depths that can never be given, and who keeps them from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import z3

from sconto.domain.offer import Offer
from sconto.domain.shortlist import Assessed
from sconto.rulebook.lint.candidate_model import CandidateModel
from sconto.rulebook.lint.example_baskets import basket_in_which
from sconto.rulebook.lint.solver import Answer, Term
from sconto.rulebook.lint.subject import Subject, facts_of
from sconto.rulebook.lint.text import basket, quoted
from sconto.rulebook.offer_kinds import BY_KIND, offer_scopes


@dataclass(frozen=True, slots=True)
class Barred:
    """A depth that can never be given: the fewest rules and budgets that together bar it.

    None of them when the offer itself bars it.
    """

    offer: Offer
    depth: int
    by: tuple[str, ...]


def barred_offers(subject: Subject) -> Iterator[Sequence[Barred]]:
    """For each offer its barred depths."""
    for offer in subject.ruleset.offers:
        found = [_barred(subject, offer, depth) for depth in offer.ladder]
        yield [b for b in found if b is not None]


def check_never(subject: Subject) -> None:
    """Warn about offers and depths that nobody can ever get."""
    together: dict[tuple[str, ...], list[Barred]] = {}
    for barred in barred_offers(subject):
        if not barred:
            continue
        whole = len(barred) == len(barred[0].offer.ladder)
        by = tuple(sorted({name for b in barred for name in b.by}))
        if whole and by and _only_eligibility(subject, by):
            together.setdefault(by, []).append(barred[0])
        elif whole:
            _warn_offer(subject, barred, by)
        else:
            for b in barred:
                _warn_depth(subject, b)
    for by, offers in together.items():
        _warn_rules(subject, by, offers)


def _barred(subject: Subject, offer: Offer, depth: int) -> Barred | None:
    for plain in (True, False):
        given = subject.candidate(offer.id, depth, plain=plain)
        wished = {**_passes_each_rule(subject, given), **_prefixed(given.affordable())}
        always = (given.alone, given.costs_known)
        if given.problem.ask(*always, *wished.values()) is not Answer.NO:
            return None
    by = given.problem.why_not(wished, always)
    return None if by is None else Barred(offer, depth, by)


def _passes_each_rule(subject: Subject, given: CandidateModel) -> dict[str, Term]:
    hard = [rule for rule in subject.ruleset.rules if not rule.review]
    return {rule.id: z3.Not(given.withheld_by(rule)) for rule in hard}


def _prefixed(affordable: Mapping[str, Term]) -> dict[str, Term]:
    return {f"budget {name}": term for name, term in affordable.items()}


def _only_eligibility(subject: Subject, by: Sequence[str]) -> bool:
    return set(by) <= {rule.id for rule in subject.ruleset.eligibility}


def _warn_rules(subject: Subject, by: tuple[str, ...], offers: Sequence[Barred]) -> None:
    """Eligibility rules that leave nothing of some offers: reported once, at the last of them."""
    named = quoted(b.offer.id for b in offers)
    own = [rule_id for rule_id in by if not subject.of_law(rule_id)]
    place = subject.place(own[-1]) if own else subject.offer_place(offers[0].offer.id)
    if len(by) == 1:
        message = f"rule `{by[0]}` denies everything that {named} could give"
        advice = "narrow the rule, or remove the offer"
        subject.warn(place, "SEM-009", message, _with(advice, _example(subject, offers[0])))
        return
    message = f"rules {quoted(by)} exclude each other, so {named} can never be given"
    advice = "no basket satisfies all of them at once; change or limit one of them"
    subject.warn(place, "SEM-008", message, _with(advice, _example(subject, offers[0])))


def _warn_offer(subject: Subject, barred: Sequence[Barred], by: tuple[str, ...]) -> None:
    offer = barred[0].offer
    source, _ = subject.offer_place(offer.id)
    place = (source, BY_KIND[offer.kind].path)
    limits = {g.id for g in subject.ruleset.guardrails}
    if by and {name for name in by if not name.startswith("budget ")} <= limits:
        verb = "leaves" if len(by) == 1 else "leave"
        message = f"{_names(by)} {verb} no possible depth of offer `{offer.id}`"
        advice = "raise the cap, lower the floor, or change the ladder"
        subject.warn(place, "SEM-014", message, _with(advice, _example(subject, barred[0])))
        return
    of_a_set = offer.cheaper_in_a_set
    if not by and offer.at_most_pieces is not None and offer.at_most_pieces < of_a_set:
        message = f"offer `{offer.id}` can never be given: its `at_most_pieces` is "
        message += f"{offer.at_most_pieces}, and one set makes {of_a_set} pieces cheaper"
        subject.warn(place, "SEM-007", message, f"let `at_most_pieces` be {of_a_set} or more")
        return
    message = f"offer `{offer.id}` can never be given: {_because(subject, offer, by)}"
    advice = "change what bars it" if by else "change its scopes, its `minimum_spend` or its limits"
    subject.warn(place, "SEM-007", message, _with(advice, _example(subject, barred[0])))


def _warn_depth(subject: Subject, barred: Barred) -> None:
    source, _ = subject.offer_place(barred.offer.id)
    step = barred.offer.ladder.index(barred.depth)
    path = (*BY_KIND[barred.offer.kind].path, step)
    message = f"{_depth(subject, barred)} of offer `{barred.offer.id}` can never be given: "
    advice = _with("remove the depth, or change what bars it", _example(subject, barred))
    because = _because(subject, barred.offer, barred.by)
    subject.warn((source, path), "SEM-006", message + because, advice)


def _names(by: Sequence[str]) -> str:
    return " and ".join(
        f"budget `{name.removeprefix('budget ')}`" if name.startswith("budget ") else f"`{name}`"
        for name in by
    )


def _because(subject: Subject, offer: Offer, by: Sequence[str]) -> str:
    """What keeps every basket from *offer*: rules and budgets, else its own keys."""
    if by:
        return f"{_names(by)} {'bars' if len(by) == 1 else 'bar'} it from every basket"
    if all(subject.meet(scope, scope) for scope in offer_scopes(offer)):
        return "no basket reaches it"
    return "no line can be in one of its scopes"


def _with(advice: str, example: str) -> str:
    return f"{advice}; {example}" if example else advice


def _depth(subject: Subject, barred: Barred) -> str:
    doc = next(d for d, _ in subject.library.offers if d.id == barred.offer.id)
    step = barred.offer.ladder.index(barred.depth)
    return f"depth `{BY_KIND[barred.offer.kind].depths(doc)[step]}`"


def _example(subject: Subject, barred: Barred) -> str:
    """A basket to which only they object, which the core confirms; empty when there is none."""
    rules = [name for name in barred.by if not name.startswith("budget ")]
    given = subject.candidate(barred.offer.id, barred.depth, plain=True)
    allowed = _passes_each_rule(subject, given)
    terms = [given.costs_known, *(t for name, t in allowed.items() if name not in barred.by)]

    def only_they(assessed: Mapping[str, Assessed]) -> bool:
        found = assessed[given.name]
        found_by = {f.rule_id for f in found.findings}
        return found_by <= set(rules) and found.allowed is not bool(rules)

    context = basket_in_which(given, terms, only_they, subject.today)
    if context is None or not barred.by:
        return ""
    them = "it" if len(barred.by) == 1 else "them"
    example = basket(context, facts_of(subject, rules), subject.ruleset)
    return f"but for {them}, this could get it: {example}"
