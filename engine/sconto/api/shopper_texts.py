"""The texts of one ruleset in one language, filled in: titles, sentences and amounts of money."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency

from sconto.domain import shopper_texts as texts
from sconto.domain.changes import Kind
from sconto.domain.codes import CodeStatus
from sconto.domain.money import MINOR_DIGITS, to_major
from sconto.domain.record_reading import Record
from sconto.domain.ruleset import Ruleset

_PLACEHOLDER: Final = re.compile(r"\{([a-z]+)\}")
_GLUED: Final = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
"""Between a letter of a currency's code or symbol and a digit."""


@dataclass(frozen=True, slots=True)
class ShopperTexts:
    """Writes for one shopper, in *language*; what it lacks is written in *default*.

    *titles* are those of offers; empty where the shop declares no languages.
    """

    language: str
    default: str
    own: Mapping[str, Mapping[str, str]]
    titles: Mapping[str, str]

    def of_code(self, status: CodeStatus) -> str:
        """What became of a code, in a whole sentence."""
        return self._text(texts.code_key(status))

    def of_near_miss(self, near: Record, currency: str, discount_now: int) -> str:
        """What the shopper can do and would save by it; empty where the shop has no languages.

        *near* has the keys of `near_miss_fields`; amounts are minor units of *currency*.
        """
        if not self.titles:
            return ""
        values = {
            "title": self.titles[near["offer_id"]],
            "saving": self._money(near["total_discount"] - discount_now, currency),
        }
        match Kind(near["kind"]):
            case Kind.SPEND:
                amount = self._money(near["more"], currency)
                return self._text(texts.SPEND_MORE, amount=amount, **values)
            case Kind.PIECES:
                return self._text(texts.MORE_PIECES, count=str(near["more"]), **values)
            case _:
                return self._text(texts.GIVE_CONSENT, **values)

    def _money(self, minor: int, currency: str) -> str:
        locale, places = _locale((self.language, self.default)), MINOR_DIGITS[currency]
        pattern = copy(locale.currency_formats["standard"])
        # The decimals of ISO 4217, as at the till; CLDR has none for some currencies.
        pattern.frac_prec = (places, places)
        amount = to_major(minor, currency)
        text = format_currency(amount, currency, pattern, locale, currency_digits=False)
        # CLDR's currencySpacing, which babel leaves out.
        return _GLUED.sub("\N{NO-BREAK SPACE}", text)

    def _text(self, key: str, **values: str) -> str:
        languages = (self.language, self.default, texts.ENGLISH)
        found = (texts.text_in(language, key, self.own) for language in languages)
        text = next(text for text in found if text is not None)
        return _PLACEHOLDER.sub(lambda place: values[place[1]], text)


@cache
def _locale(languages: tuple[str, ...]) -> Locale:
    """The first of *languages*, or what is more general, that CLDR knows; else English."""
    for tag in (tag for language in languages for tag in texts.tags_of(language)):
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale(texts.ENGLISH)


IN_ENGLISH: Final = ShopperTexts(texts.ENGLISH, texts.ENGLISH, {}, {})
"""Texts for whoever is no shopper, or where a shop declares no languages."""


class _Kept:
    """Keeps the texts of the ruleset that was asked for last in each currency.

    There is but one in force.
    """

    def __init__(self) -> None:
        self._latest: dict[str, tuple[Ruleset, dict[str, ShopperTexts]]] = {}

    def of(self, ruleset: Ruleset, asked: str) -> ShopperTexts:
        """See `shopper_texts`."""
        if not ruleset.languages:
            return IN_ENGLISH
        latest = self._latest.get(ruleset.currency)
        if latest is None or latest[0] is not ruleset:
            latest = self._latest[ruleset.currency] = (ruleset, {})
        language, by_language = texts.language_of(asked, ruleset.languages), latest[1]
        if language not in by_language:
            by_language[language] = _written(ruleset, language)
        return by_language[language]


def _written(ruleset: Ruleset, language: str) -> ShopperTexts:
    default = ruleset.languages[0]
    titles = {
        offer.id: offer.titles.get(language) or offer.titles.get(default) or offer.name
        for offer in ruleset.offers
    }
    return ShopperTexts(language, default, ruleset.texts, titles)


_KEPT: Final = _Kept()


def shopper_texts(ruleset: Ruleset, asked: str) -> ShopperTexts:
    """The texts of *ruleset* in the declared language that fits the BCP 47 tag *asked* best."""
    return _KEPT.of(ruleset, asked)
