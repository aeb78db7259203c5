"""Candidates for the best buy: what could be bought, what it costs and what it changes in the model."""

from typing import Annotated, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

from holdfast.analysis.choice import actions
from holdfast.analysis.choice.models import Candidate, CandidateState
from holdfast.web.api.places import Ending
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import MOST_INTEGER, Text, names_of
from holdfast.web.api.tables import Table, offer, offer_act


class Decision(Schema):
    """Choosing and rejecting take a reason, `why`."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None = None
    state: Literal[tuple(CandidateState.values)]  # type: ignore[valid-type]
    why: Text = ""


_FIELDS = names_of(actions.CandidateFields)

CANDIDATES = Table(
    name="candidates",
    one="candidate",
    model=Candidate,
    fields=(*_FIELDS, "state", "why"),
    permission=actions.EDIT,
    create=actions.propose_candidate,
    create_fields=_FIELDS,
    change=actions.edit_candidate,
    change_fields=_FIELDS,
    filters=("state", "unit"),
    sorts=("name", "state"),
    order=("key",),
    search=("name", "key"),
)


def routes() -> Routes:
    made = Routes(tags=["What if"])
    candidate = offer(made, CANDIDATES)
    offer_act(made, CANDIDATES, candidate, "decide", Decision, actions.decide_candidate, "Decide on a candidate")
    offer_act(made, CANDIDATES, candidate, "retire", Ending, actions.retire_candidate, "Retire a candidate")
    return made
