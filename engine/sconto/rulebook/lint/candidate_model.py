"""One depth of an offer as the solver knows it: a basket that has it, and who withholds it.

The basket has one line for each thing that the offer needs, of any number of pieces, and perhaps
one line of other goods. Whoever bars it from all of these bars it from every basket, except where
the rounding to a minor unit alone lets it pass: 1 cent off 7 is 20 %, and below a cap of 15 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import z3

from sconto.domain.earning import must_be_earned
from sconto.domain.facts import TOUCHES_PREFIX
from sconto.domain.lane import Lane
from sconto.domain.money import BP_ONE, MAX_MINOR
from sconto.domain.offer import Offer, OfferKind, Rounding, RoundingMode
from sconto.domain.ruleset import BudgetMeasure, Rule, Ruleset
from sconto.domain.scope import Scope
from sconto.rulebook.compile.engine_rules import in_force_there
from sconto.rulebook.lint.facts import Derived, Fact, Fixed, Number, Share, Truths, truths
from sconto.rulebook.lint.guardrail_model import withholds
from sconto.rulebook.lint.line_model import LineModel
from sconto.rulebook.lint.request_model import KNOWN, RequestModel
from sconto.rulebook.lint.solver import Problem, Term
from sconto.rulebook.offer_kinds import offer_scopes


class CandidateModel:
    """*offer* at *depth* in a basket, after whatever earlier lanes gave.

    With *plain* every line has as few pieces as can be, which keeps all arithmetic linear;
    otherwise any number.
    """

    def __init__(self, request: RequestModel, offer: Offer, depth: int, *, plain: bool) -> None:
        self.ruleset: Ruleset = request.ruleset
        self.offer = offer
        self.depth = depth
        self.plain = plain
        self.request = request
        self.given: list[Term] = []
        self.discount = z3.Real("candidate.discount")
        self.stacked = z3.Int("stacked")
        self._one_line: Term = z3.IntVal(0)
        self._guardrails = {g.id: g for g in self.ruleset.guardrails}
        self._roles()
        self._sums()
        self._always()
        self._truths: dict[str, tuple[Term, Truths]] = {}

    @property
    def name(self) -> str:
        """The candidate as records name it."""
        return f"{self.offer.id}:{self.depth}"

    @cached_property
    def problem(self) -> Problem:
        """Everything that holds whatever is asked; what rules say is added when it is."""
        return Problem(self.everything())

    @property
    def lines(self) -> list[LineModel]:
        """The lines that the candidate is spread over."""
        return [line for line in self.all_lines if line.carries]

    @property
    def alone(self) -> Term:
        """Nothing was given before."""
        return z3.And(self.stacked == 0, *(line.before == 0 for line in self.all_lines))

    def withheld_by(self, rule: Rule) -> Term:
        """Whether *rule* withholds it: it is about it, and is true or can't be known."""
        touched, truth = self._judged(rule)
        return z3.And(touched, z3.Not(truth.false))

    def denied_by(self, rule: Rule) -> Term:
        """Whether *rule* is about it and is true."""
        touched, truth = self._judged(rule)
        return z3.And(touched, truth.true)

    def _judged(self, rule: Rule) -> tuple[Term, Truths]:
        if rule.id not in self._truths:
            before = [len(line.given) for line in self.all_lines]
            self._truths[rule.id] = self.touched(rule), self.truths(rule)
            for line, count in zip(self.all_lines, before, strict=True):
                self.problem.add(*line.given[count:])
        return self._truths[rule.id]

    def touched(self, rule: Rule) -> Term:
        """Whether *rule* is about it at all."""
        if rule.offer_ids and self.offer.id not in rule.offer_ids:
            return z3.BoolVal(False)
        return z3.Or([line.covered(rule.scope) for line in self.lines])

    def truths(self, rule: Rule) -> Truths:
        """The truth of *rule* for it."""
        guardrail = self._guardrails.get(rule.id)
        if guardrail is not None:
            passed = withholds(guardrail, self.lines, self._untouched, self._claimed)
            return self.request.truths_of(
                rule.condition, {f"headroom.{rule.id}": _headroom(passed)}
            )
        facts = dict(self.facts)
        if rule.asks_lines:
            facts[f"{TOUCHES_PREFIX}{rule.id}"] = self._is_about(rule)
        return self.request.truths_of(rule.condition, facts)

    def affordable(self) -> Mapping[str, Term]:
        """For each budget of money, whether a full one can pay for it."""
        budgets = [self.ruleset.budgets[b] for b in self.offer.budgets]
        return {
            b.id: self.discount <= b.limit for b in budgets if b.measure is BudgetMeasure.AMOUNT
        }

    @cached_property
    def facts(self) -> Mapping[str, Fact]:
        """The facts of the candidate."""
        percent = self.offer.kind is OfferKind.PERCENT
        whole = self.stacked + self.discount
        return {
            "offer.id": Fixed(self.offer.id),
            "offer.kind": Fixed(self.offer.kind.value),
            "offer.lane": Fixed(self.offer.lane),
            "offer.exclusive": Fixed(self.offer.exclusive),
            "candidate.depth_bp": Fixed(self.depth) if percent else Share(self.discount, self.seen),
            "candidate.discount": Number(self.discount, KNOWN),
            "candidate.scope_total": Number(self.seen, KNOWN),
            "candidate.total_discount": Number(whole, KNOWN),
            "candidate.net_total": Number(self.request.term("basket.list_total") - whole, KNOWN),
        }

    def _is_about(self, rule: Rule) -> Fact:
        inside = [(line.covered(rule.scope), line.about(rule.id)) for line in self.lines]
        true = z3.Or([z3.And(covered, about.true) for covered, about in inside])
        false = z3.And([z3.Or(z3.Not(covered), about.false) for covered, about in inside])
        return Derived(Truths(true, false))

    @property
    def _claimed(self) -> int:
        if self.offer.kind is OfferKind.SPEND_TIERS:
            return self.offer.tiers[self.depth].bp or 0
        return self.depth if self.offer.kind is OfferKind.PERCENT else 0

    # How each kind of offer takes money off.

    def _roles(self) -> None:
        offer = self.offer
        self.all_lines: list[LineModel] = []
        match offer.kind:
            case OfferKind.BUY_X_GET_Y:
                self._buy_get()
            case OfferKind.BUNDLE:
                self._bundle()
            case OfferKind.FREE_SHIPPING:
                goods = self._line("goods", 1, offer.scope, carries=False)
                shipping = self._line("shipping", 1, offer.shipping or Scope())
                also = z3.If(shipping.covered(offer.scope), shipping.total, 0)
                self._spend = goods.total + also
                self.given.append(goods.off == 0)
                seen = shipping.total - shipping.before_seen(self._after)
                self._rounded(self._limited(seen), self.depth)
            case _:
                line = self._line("line", 1, offer.scope)
                self._spend = line.total
                self._off(line.total - line.before_seen(self._after))
        self.given.append(self.discount == z3.Sum([line.off for line in self.lines]))
        self._untouched = [line for line in self.all_lines if not line.carries]
        self.other = self._other()

    def _line(self, name: str, pieces: int, scope: Scope, *, carries: bool = True) -> LineModel:
        count = z3.IntVal(pieces) if self.plain else z3.Int(f"{name}.pieces")
        line = LineModel(self.request, name, count, carries)
        self.given += [line.covered(scope), count >= pieces, z3.Not(self._earns_nothing(line))]
        self.all_lines.append(line)
        return line

    def _earns_nothing(self, line: LineModel) -> Term:
        """Whether a law keeps *line* out of the offer, which must be earned."""
        if not must_be_earned(self.offer):
            return z3.BoolVal(False)
        places = frozenset(self.ruleset.zones)
        kept_out = []
        for rule in self.ruleset.earn_nothing:
            here = in_force_there(rule.validity, rule.jurisdictions, places)
            about = [line.covered(rule.scope)]
            if rule.line_when is not None:
                about.append(z3.Not(truths(rule.line_when, line.facts).false))
            kept_out.append(z3.And(self.request.truths_of(here, {}).true, *about))
        return z3.Or(kept_out)

    def _other(self) -> LineModel:
        """A line that the candidate leaves alone; worth nothing when there is none."""
        line = LineModel(self.request, "other", z3.IntVal(1), carries=False)
        covered = z3.Or([line.covered(scope) for scope in offer_scopes(self.offer)])
        apart = z3.Or(z3.Not(covered), self._earns_nothing(line))
        self.given += [line.off == 0, z3.Or(line.total == 0, apart)]
        self._untouched.append(line)
        self.all_lines.append(line)
        return line

    def _off(self, seen: Term) -> None:
        if self.offer.kind is OfferKind.AMOUNT:
            self.given.append(self.discount == self.depth)
        elif self.offer.kind is OfferKind.PERCENT:
            self._rounded(self._limited(seen), self.depth)
        else:
            self._tier(seen)

    def _tier(self, seen: Term) -> None:
        off = self.offer.tiers[self.depth]
        following = [tier for tier in self.offer.tiers if tier > self.depth]
        self.given += [self._spend >= self.depth, *(self._spend < t for t in following)]
        if off.amount is not None:
            self.given.append(self.discount == off.amount)
        else:
            self._rounded(self._limited(seen), off.bp or 0)

    def _limited(self, seen: Term) -> Term:
        """What the pieces that may get cheaper cost, of lines that cost *seen*."""
        if self.offer.at_most_pieces is None or self.plain:
            return seen
        worth = z3.Int("worth")
        self.given += [worth > 0, worth <= seen]
        return worth

    def _makes_sets(self, pieces: int) -> None:
        """A set, of which *pieces* pieces get cheaper, must be within what the offer allows."""
        most = self.offer.at_most_pieces
        self.given.append(z3.BoolVal(most is None or pieces <= most))

    def _buy_get(self) -> None:
        terms = self.offer.buy_get
        assert terms is not None  # noqa: S101 - every offer of this kind has them
        self._makes_sets(terms.get)
        if terms.reward is None:
            line = self._line("line", terms.buy + terms.get, self.offer.scope)
            self._spend = line.total
            self._gift(line.total, terms.get, terms.buy + terms.get, line)
            return
        goods = self._line("goods", terms.buy, self.offer.scope)
        reward = self._line("reward", terms.get, terms.reward)
        inside = reward.covered(self.offer.scope)
        # Pieces that both cover may stand in one line with those bought.
        self._one_line = z3.If(inside, 1, 0)
        self._spend = goods.total + z3.If(inside, reward.total, 0)
        self._gift(reward.total, 1, 1, reward)

    def _gift(self, total: Term, part: int, whole: int, line: LineModel) -> None:
        """The pieces given away are worth at most *part* of *whole* of *total*."""
        value = z3.Int("gift")
        if self.plain:
            self.given.append(value * whole == total * part)
        else:
            self.given += [value > 0, value * whole <= total * part]
        if self._after:
            self.given.append(value <= line.total)
        self._rounded(value, self.depth)

    def _bundle(self) -> None:
        self._makes_sets(sum(item.pieces for item in self.offer.bundle))
        lines = [
            self._line(f"item{k}", item.pieces, item.scope)
            for k, item in enumerate(self.offer.bundle)
        ]
        bundles = z3.IntVal(1) if self.plain else z3.Int("bundles")
        values = [z3.Int(f"{line.name}.in") for line in lines]
        for value, line in zip(values, lines, strict=True):
            whole = line.total - line.before_seen(self._after)
            self.given += [value >= 0, value <= whole, line.off <= value + 1]
            if self.plain:
                self.given.append(value == whole)
        self.given.append(bundles >= 1)
        self._spend = z3.Sum([line.total for line in lines])
        saved = z3.Sum(values) - bundles * self.depth
        self._rounded(saved, BP_ONE)

    def _rounded(self, whole: Term, bp: int) -> None:
        """The discount is *bp* of *whole*; to the offer's step, if that is more than a cent."""
        rounding: Rounding = self.offer.rounding
        if rounding.step == 1:
            self.given.append(self.discount == whole * bp / z3.RealVal(BP_ONE))
            return
        steps, unit = z3.Int("steps"), BP_ONE * rounding.step
        exact, rounded = whole * bp, steps * unit
        bounds = {
            RoundingMode.DOWN: (rounded <= exact, exact < rounded + unit),
            RoundingMode.UP: (rounded >= exact, exact > rounded - unit),
            RoundingMode.HALF_UP: (2 * exact >= 2 * rounded - unit, 2 * exact < 2 * rounded + unit),
        }[rounding.mode]
        taken = steps * rounding.step
        self.given += [*bounds, self.discount == z3.If(taken <= whole, taken, whole)]

    # What holds for every candidate.

    @property
    def _after(self) -> bool:
        lanes: Mapping[str, Lane] = {lane.id: lane for lane in self.ruleset.lanes}
        return lanes[self.offer.lane].after_earlier

    def _sums(self) -> None:
        listed = self.request.term("basket.list_total")
        self.seen = z3.Sum([line.total - line.before_seen(self._after) for line in self.lines])
        present = z3.If(self.other.total > 0, 1, 0)
        lines, pieces = self.request.term("basket.lines"), self.request.term("basket.pieces")
        own = len(self.all_lines) - 1 - self._one_line
        self.given += [
            listed == z3.Sum([line.total for line in self.all_lines]), listed <= MAX_MINOR,
            lines >= own + present, pieces >= lines,
            pieces >= z3.Sum([line.pieces for line in self.all_lines[:-1]]) + present,
        ]  # fmt: skip

    def _always(self) -> None:
        offer = self.offer
        before = z3.Sum([line.before for line in self.all_lines])
        self.given += [
            self.discount >= 1, self.stacked == before,
            self.request.day >= offer.validity.valid_from.toordinal(),
            self.request.day < offer.validity.valid_to.toordinal(),
            self._spend >= offer.minimum_spend,
        ]  # fmt: skip
        for line in self.lines:
            paid = line.off * offer.supplier_share_bp / BP_ONE
            self.given += [line.refund >= paid, line.refund <= paid + line.before]

    @property
    def costs_known(self) -> Term:
        """Without the costs of its lines nobody can say what it is worth, and it is withheld."""
        return z3.And([line.cost_known for line in self.lines])

    def everything(self) -> list[Term]:
        """All that holds whatever is asked, as far as it is known now."""
        lines = [term for line in self.all_lines for term in line.given]
        return [*self.request.given, *self.given, *lines]


def _headroom(passed: Term) -> Fact:
    """Below zero, or not known, exactly when the guardrail withholds."""
    return Number(z3.If(passed, -1, 0), KNOWN)
