"""Plans on paper: a plan, a wallet card, the set of a unit, and the job that prints many.

plan_document(plan, "fr", on)        # formats.Document: write_pdf, write_word (formats/paper.py)
card_document(plan, "fr", on)        # Cards: one for each role
unit_set(user, unit, "fr", on)       # one Document of all plans in force of a unit and below
"""

from holdfast.readiness.plans.documents.cards import Card, Cards, card_document, write_cards
from holdfast.readiness.plans.documents.plan import plan_document
from holdfast.readiness.plans.documents.sets import TooMany, plans_of, unit_set
from holdfast.readiness.plans.documents.setting import FONTS, TEMPLATE, pdf_of, word_of

__all__ = [
    "FONTS",
    "TEMPLATE",
    "Card",
    "Cards",
    "TooMany",
    "card_document",
    "pdf_of",
    "plan_document",
    "plans_of",
    "unit_set",
    "word_of",
    "write_cards",
]
