"""Questions to the model that take time: asked, followed, answered."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Schema

from holdfast.analysis.studies import actions
from holdfast.analysis.studies.models import Study
from holdfast.organization.accounts.models import User
from holdfast.web.api.places import Ending
from holdfast.web.api.reading import check_address
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import Key
from holdfast.web.api.tables import Table, address_of, offer, offer_act
from holdfast.web.permissions import needs

KindName = Literal[
    "weak-points", "minimal-sets", "feasibility", "year", "contention", "absence", "restoration", "best-buy"
]


class Progress(Schema):
    """`done` of `total` parts; `total` is null until it is known."""

    done: int
    total: int | None


class AnswerOut(Schema):
    """The answer as the command of the same name gives it, and what it was made from. `answer` is null while there is
    none; `problem` says why there will be none."""

    key: str
    kind: str
    question: dict[str, Any]
    as_of: date
    answer: dict[str, Any] | None
    problem: str
    engine: str
    input_sha256: str
    seconds: float | None


def _state(study: Any) -> dict[str, Any]:
    state = "answered" if study.answered_at else "open" if study.is_open else "failed"
    progress = {"done": study.job.done, "total": study.job.total} if study.job is not None else None
    return {"state": state, "problem": study.problem, "progress": progress}


def _ask(by: User, *, question: dict[str, Any] | None = None, **fields: Any) -> Study:
    return actions.ask_study(by, question=question or {}, **fields)


def _rename(by: User, study: Study, *, version: int, title: str = "") -> Study:
    return actions.rename_study(by, study, version=version, title=title)


_FIELDS = ("kind", "title", "question", "as_of", "author", "asked_at", "answered_at", "engine", "input_hash", "seconds")

STUDIES = Table(
    name="studies",
    one="study",
    model=Study,
    fields=(*_FIELDS, "valid_until"),
    permission=actions.ASK,
    create=_ask,
    create_fields=("title",),
    create_extra={
        "kind": (KindName, ...),
        "question": (dict[str, Any], {}),
        "as_of": (date | None, None),
    },
    change=_rename,
    change_fields=("title",),
    filters=("kind",),
    sorts=("asked_at", "as_of", "kind"),
    order=("-asked_at",),
    search=("title", "key"),
    prepare=lambda rows, user, as_of: rows.lists(),
    more=_state,
    extra={"state": (str, ...), "problem": (str, ...), "progress": (Progress | None, ...)},
)


def routes() -> Routes:
    made = Routes(tags=["What if"])
    study = offer(made, STUDIES)
    offer_act(made, STUDIES, study, "retire", Ending, actions.retire_study, "Put a question aside")
    made.add_api_operation(
        address_of(STUDIES, "answer"),
        ["GET"],
        answer,
        response=AnswerOut,
        summary="The answer to a question",
        operation_id="study_answer",
    )
    return made


@needs("structure.view", whole=True)
def answer(request: HttpRequest, key: Key) -> Any:
    """The answer names nodes of the whole organisation, so that it takes the right on the whole of it."""
    check_address(request, set())
    study = STUDIES.row(request.user, key)  # type: ignore[arg-type]
    return {
        "key": study.key,
        "kind": study.kind,
        "question": study.question,
        "as_of": study.as_of,
        "answer": study.answer,
        "problem": study.problem,
        "engine": study.engine,
        "input_sha256": study.input_hash,
        "seconds": study.seconds,
    }
