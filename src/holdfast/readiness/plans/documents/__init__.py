"""Plans on paper: a plan, a wallet card, the set of a unit, and the job that prints many.

`plan_document(plan, "fr", on)` is a formats.Document, `pdf_of` and `word_of` are its bytes; `card_document` and
`write_cards` make the cards of its roles; `unit_set` is one document of all plans in force of a unit and below, and
`ask_for_prints` asks for a PDF of each, which a job keeps as a PlanPrint.
"""

from holdfast.readiness.plans.documents.cards import Card, Cards, card_document, write_cards
from holdfast.readiness.plans.documents.plan import plan_document
from holdfast.readiness.plans.documents.printing import ask_for_prints
from holdfast.readiness.plans.documents.sets import TooMany, plans_of, unit_set
from holdfast.readiness.plans.documents.setting import FONTS, TEMPLATE, pdf_of, word_of

__all__ = [
    "FONTS",
    "TEMPLATE",
    "Card",
    "Cards",
    "TooMany",
    "ask_for_prints",
    "card_document",
    "pdf_of",
    "plan_document",
    "plans_of",
    "unit_set",
    "word_of",
    "write_cards",
]
