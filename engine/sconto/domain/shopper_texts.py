"""What shoppers read, by language: sentences about near misses and codes.

A text has placeholders in braces. A language is a BCP 47 tag; a tag is looked up as RFC 4647,
section 3.4, has it: `de-AT`, then `de`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sconto.domain.codes import CODE_SENTENCES, CodeStatus

SPEND_MORE: Final = "spend_more"
MORE_PIECES: Final = "more_pieces"
GIVE_CONSENT: Final = "give_consent"


def code_key(status: CodeStatus) -> str:
    """The key of the sentence that says what became of a code."""
    return f"code_{status.name.lower()}"


_OF_NEAR_MISS: Final = frozenset({"saving", "title"})

PLACEHOLDERS: Final[Mapping[str, frozenset[str]]] = {
    SPEND_MORE: _OF_NEAR_MISS | {"amount"},
    MORE_PIECES: _OF_NEAR_MISS | {"count"},
    GIVE_CONSENT: _OF_NEAR_MISS,
    **{code_key(status): frozenset() for status in CodeStatus},
}
"""What each text may fill in, by its key; this is every text that there is."""

ENGLISH: Final = "en"

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    ENGLISH: {
        SPEND_MORE: "Spend {amount} more and save {saving}: {title}.",
        MORE_PIECES: "Add {count} more and save {saving}: {title}.",
        GIVE_CONSENT: "Give your consent and save {saving}: {title}.",
        **{code_key(status): sentence for status, sentence in CODE_SENTENCES.items()},
    },
    "de": {
        SPEND_MORE: "Noch {amount} einkaufen und {saving} sparen: {title}.",
        MORE_PIECES: "Noch {count} dazulegen und {saving} sparen: {title}.",
        GIVE_CONSENT: "Einwilligen und {saving} sparen: {title}.",
        "code_applied": "Der Code wird angewendet.",
        "code_not_needed": "Ein anderer Code bringt denselben Rabatt, dieser wird nicht gebraucht.",
        "code_not_chosen": "Der Code gilt, aber sein Rabatt wurde für diesen Warenkorb nicht "
        "gewählt.",
        "code_withheld": "Der Code gilt, aber sein Rabatt ist für diesen Warenkorb nicht möglich.",
        "code_unknown": "Diesen Code gibt es nicht.",
        "code_not_yet_valid": "Der Code gilt noch nicht.",
        "code_no_longer_valid": "Der Code ist abgelaufen.",
        "code_used_up": "Der Code ist aufgebraucht.",
        "code_used_up_by_shopper": "Sie haben den Code schon so oft eingelöst, wie es möglich ist.",
    },
    "fr": {
        SPEND_MORE: "Encore {amount} d’achats et vous économisez {saving} : {title}.",
        MORE_PIECES: "Ajoutez-en {count} et économisez {saving} : {title}.",
        GIVE_CONSENT: "Donnez votre accord et économisez {saving} : {title}.",
        "code_applied": "Le code est appliqué.",
        "code_not_needed": "Un autre code donne la même remise ; celui-ci n’est pas utilisé.",
        "code_not_chosen": "Le code est valable, mais sa remise n’a pas été retenue pour ce "
        "panier.",
        "code_withheld": "Le code est valable, mais sa remise ne peut pas être accordée pour ce "
        "panier.",
        "code_unknown": "Ce code n’existe pas.",
        "code_not_yet_valid": "Le code n’est pas encore valable.",
        "code_no_longer_valid": "Le code n’est plus valable.",
        "code_used_up": "Le code a été utilisé autant de fois que possible.",
        "code_used_up_by_shopper": "Vous avez déjà utilisé ce code autant de fois que possible.",
    },
    "es": {
        SPEND_MORE: "Compre {amount} más y ahorre {saving}: {title}.",
        MORE_PIECES: "Añada {count} más y ahorre {saving}: {title}.",
        GIVE_CONSENT: "Dé su consentimiento y ahorre {saving}: {title}.",
        "code_applied": "El código se ha aplicado.",
        "code_not_needed": "Otro código da el mismo descuento, así que este no se usa.",
        "code_not_chosen": "El código es válido, pero su descuento no se ha elegido para esta "
        "cesta.",
        "code_withheld": "El código es válido, pero su descuento no se puede dar para esta cesta.",
        "code_unknown": "Ese código no existe.",
        "code_not_yet_valid": "El código aún no es válido.",
        "code_no_longer_valid": "El código ya no es válido.",
        "code_used_up": "El código ya se ha usado todas las veces posibles.",
        "code_used_up_by_shopper": "Ya ha usado este código todas las veces posibles.",
    },
    "it": {
        SPEND_MORE: "Acquista ancora per {amount} e risparmia {saving}: {title}.",
        MORE_PIECES: "Aggiungine {count} e risparmia {saving}: {title}.",
        GIVE_CONSENT: "Dai il consenso e risparmia {saving}: {title}.",
        "code_applied": "Il codice è stato applicato.",
        "code_not_needed": "Un altro codice dà lo stesso sconto, perciò questo non viene usato.",
        "code_not_chosen": "Il codice è valido, ma il suo sconto non è stato scelto per questo "
        "carrello.",
        "code_withheld": "Il codice è valido, ma il suo sconto non è possibile per questo "
        "carrello.",
        "code_unknown": "Questo codice non esiste.",
        "code_not_yet_valid": "Il codice non è ancora valido.",
        "code_no_longer_valid": "Il codice non è più valido.",
        "code_used_up": "Il codice è già stato usato tutte le volte possibili.",
        "code_used_up_by_shopper": "Hai già usato questo codice tutte le volte possibili.",
    },
    "zh": {
        SPEND_MORE: "再消费 {amount}，可省 {saving}：{title}。",
        MORE_PIECES: "再加 {count} 件，可省 {saving}：{title}。",
        GIVE_CONSENT: "同意后可省 {saving}：{title}。",
        "code_applied": "优惠码已使用。",
        "code_not_needed": "另一个优惠码提供相同的折扣，此码未使用。",
        "code_not_chosen": "优惠码有效，但此购物车未选用其折扣。",
        "code_withheld": "优惠码有效，但此购物车不能享受其折扣。",
        "code_unknown": "没有此优惠码。",
        "code_not_yet_valid": "优惠码尚未生效。",
        "code_no_longer_valid": "优惠码已过期。",
        "code_used_up": "优惠码的使用次数已满。",
        "code_used_up_by_shopper": "您使用此优惠码的次数已满。",
    },
}
"""Every text in the languages that need no text of the shop's own."""


def tags_of(language: str) -> Iterator[str]:
    """*language* and what is more general than it: `zh-Hant-TW`, `zh-Hant`, `zh`."""
    tag = language
    while tag:
        yield tag
        tag = tag.rpartition("-")[0]


def language_of(asked: str, languages: Sequence[str]) -> str:
    """The one of *languages* that fits the tag *asked* best; the first when none does."""
    known = {language.lower(): language for language in languages}
    found = (known[tag] for tag in tags_of(asked.lower()) if tag in known)
    return next(found, languages[0] if languages else ENGLISH)


def text_in(language: str, key: str, own: Mapping[str, Mapping[str, str]]) -> str | None:
    """The text of *key* in *language*: the shop's *own* one before ours; None without any."""
    for tag in tags_of(language):
        for texts in (own, TEXTS):
            if key in texts.get(tag, {}):
                return texts[tag][key]
    return None
