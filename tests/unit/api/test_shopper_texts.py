"""Sentences for shoppers: amounts in the shopper's language, titles, the shop's own texts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sconto.api.shopper_texts import IN_ENGLISH, shopper_texts
from sconto.domain.codes import CODE_SENTENCES, CodeStatus
from sconto.domain.ruleset import Ruleset
from support import builders


def rules(*languages: str, **texts: dict[str, str]) -> Ruleset:
    """An offer `a` whose German title is `Käsewoche` and whose name is `Offer a`."""
    offer = replace(builders.offer("a", 500), name="Offer a", titles={"de": "Käsewoche"})
    return replace(builders.ruleset(offer), languages=languages, texts=texts)


def near(kind: str, more: int, name: str = "l1") -> dict[str, object]:
    """A near miss that brings 5.00 in all."""
    return {"offer_id": "a", "kind": kind, "name": name, "more": more, "total_discount": 500}


@pytest.mark.parametrize(
    ("asked", "minor", "currency", "sentence"),
    [
        ("en", 1000, "EUR", "Spend €10.00 more and save €5.00: Offer a."),
        ("de-AT", 123_456, "EUR",
         "Noch 1.234,56\u00a0€ einkaufen und 5,00\u00a0€ sparen: Käsewoche."),
        ("fr", 123_456_789, "JPY",
         ("Encore 123\u202f456\u202f789\u00a0JPY d\u2019achats et vous économisez "
         "500\u00a0JPY : Offer a.")),
        ("es", 100, "KWD", "Compre 0,100\u00a0KWD más y ahorre 0,500\u00a0KWD: Offer a."),
        ("it", 99_900, "EUR",
         "Acquista ancora per 999,00\u00a0€ e risparmia 5,00\u00a0€: Offer a."),
        ("hu", 5, "HUF", "Spend HUF\u00a00.05 more and save HUF\u00a05.00: Offer a."),
        ("zh-CN", 100_000, "CNY", "再消费 ¥1,000.00\uff0c可省 ¥5.00\uff1aOffer a。"),
        ("ru", 5, "EUR", "Spend €0.05 more and save €5.00: Offer a."),
    ],
)  # fmt: skip
def test_money_is_written_as_in_the_language(
    asked: str, minor: int, currency: str, sentence: str
) -> None:
    """With its marks and the currency's decimals; a language that the shop has not is its first."""
    texts = shopper_texts(rules("en", "de", "fr", "es", "it", "zh"), asked)

    assert sentence == texts.of_near_miss(near("spend", minor), currency, 0)


def test_what_is_saved_is_what_comes_off_besides_what_comes_off_now() -> None:
    """A discount that another replaces is not saved twice."""
    texts = shopper_texts(rules("en"), "")

    assert "Add 2 more and save €3.80: Offer a." == texts.of_near_miss(
        near("pieces", 2), "EUR", 120
    )
    assert "Give your consent and save €5.00: Offer a." == texts.of_near_miss(
        near("consent", 1, "consent.mail"), "EUR", 0
    )


@pytest.mark.parametrize(("currency", "amount"), [("CHF", "CHF\u00a05.00"), ("USD", "$5.00")])
def test_a_currency_code_stands_apart_from_its_amount(currency: str, amount: str) -> None:
    """CLDR's currencySpacing: between a letter and a digit, and nowhere else."""
    texts = shopper_texts(rules("en"), "en")

    assert f"Add 2 more and save {amount}: Offer a." == texts.of_near_miss(
        near("pieces", 2), currency, 0
    )


def test_the_text_of_the_shop_is_said_in_place_of_ours() -> None:
    """A region's own too, and a title with braces is no placeholder."""
    own = {"more_pieces": "{count}x -> {saving}"}
    texts = shopper_texts(rules("en", en=own), "en-IE")
    assert "2x -> €5.00" == texts.of_near_miss(near("pieces", 2), "EUR", 0)

    braces = rules("de")
    offer = replace(braces.offers[0], titles={"de": "{amount}"})
    texts = shopper_texts(replace(braces, offers=(offer,)), "de")
    assert "Einwilligen und 5,00\u00a0€ sparen: {amount}." == texts.of_near_miss(
        near("consent", 1), "EUR", 0
    )


def test_a_shop_without_languages_says_what_became_of_codes_and_nothing_else() -> None:
    """As it was before there were languages."""
    texts = shopper_texts(rules(), "de")

    assert IN_ENGLISH is texts
    assert "" == texts.of_near_miss(near("pieces", 2), "EUR", 0)
    assert [CODE_SENTENCES[s] for s in CodeStatus] == [texts.of_code(s) for s in CodeStatus]
    assert "Diesen Code gibt es nicht." == shopper_texts(rules("de"), "").of_code(
        CodeStatus.UNKNOWN
    )


def test_texts_are_made_once_for_each_currency() -> None:
    """Requests in two currencies in turn must not make all titles anew each time."""
    dollars = rules("en", "de")
    euros = replace(dollars, currency="EUR")
    first = shopper_texts(dollars, "de")
    shopper_texts(euros, "de")

    assert first is shopper_texts(dollars, "de")
    assert first is not shopper_texts(replace(dollars), "de")
