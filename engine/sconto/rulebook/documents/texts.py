"""The shop's own texts for shoppers in one language, in place of those that are built in."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from sconto.domain.shopper_texts import ENGLISH, TEXTS
from sconto.rulebook.documents.base import Model, optional

Text = Annotated[str, StringConstraints(min_length=1, max_length=300)]


def _text(key: str, description: str) -> Text | None:
    text: Text | None = optional(description, TEXTS[ENGLISH][key])
    return text


class TextsDoc(Model):
    """Texts in one language; for what is left out there is the built-in text of that language."""

    spend_more: Text | None = _text(
        "spend_more", "An amount more would bring an offer: `{amount}`, `{saving}`, `{title}`."
    )
    more_pieces: Text | None = _text(
        "more_pieces",
        "More pieces of a line would bring an offer: `{count}`, `{saving}`, `{title}`.",
    )
    give_consent: Text | None = _text(
        "give_consent", "A consent would bring an offer: `{saving}`, `{title}`."
    )
    code_applied: Text | None = _text("code_applied", "The code is applied.")
    code_not_needed: Text | None = _text("code_not_needed", "Another code gives the same.")
    code_not_chosen: Text | None = _text("code_not_chosen", "Another discount was chosen, or none.")
    code_withheld: Text | None = _text("code_withheld", "The basket may not have its discount.")
    code_unknown: Text | None = _text("code_unknown", "There is no such code.")
    code_not_yet_valid: Text | None = _text("code_not_yet_valid", "The code is not valid yet.")
    code_no_longer_valid: Text | None = _text("code_no_longer_valid", "Its last day is over.")
    code_used_up: Text | None = _text("code_used_up", "Everybody together has used it up.")
    code_used_up_by_shopper: Text | None = _text(
        "code_used_up_by_shopper", "This shopper has used it up."
    )
