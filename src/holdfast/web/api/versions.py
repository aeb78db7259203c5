"""Settings that are kept in versions: those in force on a day, and the versions with what drafts them, brings them into
force and discards them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import ConfigDict, Field, create_model

from holdfast.organization import clock
from holdfast.organization.rows import Row
from holdfast.web.api.reading import check_address
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import MOST_INTEGER, Text
from holdfast.web.api.tables import Table, offer, offer_act, offer_removal
from holdfast.web.permissions import needs

_FIELDS = ("title", "content", "note")


class Approving(Schema):
    """In force from this day on, by which decision."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None = None
    valid_from: date
    reason: Text


class DayQuery(Schema):
    as_of: date | None = Field(default=None, description="Today, where it is not given.")


@dataclass(frozen=True)
class Acts:
    """The acts of the versions of one kind of settings."""

    draft: Callable[..., Any]
    edit: Callable[..., Any]
    approve: Callable[..., Any]
    discard: Callable[..., Any]


def versions_table(name: str, one: str, model: type[Row], permission: str, acts: Acts) -> Table:
    """The table of the versions."""
    return Table(
        name=name,
        one=one,
        model=model,
        fields=(
            "number", *_FIELDS, "state", "valid_from", "valid_until", "author", "body", "approver", "approved_at",
            "reason",
        ),
        permission=permission,
        create=acts.draft,
        create_fields=_FIELDS,
        change=acts.edit,
        change_fields=_FIELDS,
        filters=("state",),
        sorts=("number", "valid_from"),
        order=("-number",),
        search=("title", "key"),
    )  # fmt: skip


def offer_versions(
    tag: str,
    table: Table,
    acts: Acts,
    called: str,
    view: str,
    in_force: Callable[[date], tuple[int, dict[str, Any]]],
    about: str,
) -> Routes:
    """The routes: `/called` of a day, and the versions with their acts. `in_force(day)` gives the number of the version
    (0: none is approved, and these are those that Holdfast begins with) and what it says."""
    made = Routes(tags=[tag])
    shape = create_model(
        f"{called.capitalize()}Out",
        __base__=Schema,
        __doc__=f"`version` 0: no version is approved, and these are the {called} that Holdfast begins with.",
        as_of=(date, ...),
        version=(int, ...),
        **{called: (dict[str, Any], ...)},  # type: ignore[call-overload]
    )

    @needs(view)
    def read(request: HttpRequest, query: Query[DayQuery]) -> Any:
        check_address(request, {"as_of"})
        on = query.as_of or clock.today()
        version, said = in_force(on)
        return {"as_of": on, "version": version, called: said}

    read.__doc__ = about
    read.__name__ = f"read_{called}"
    summary = f"Read the {called} in force"
    made.add_api_operation(f"/{called}", ["GET"], read, response=shape, summary=summary, operation_id=called)
    out = offer(made, table)
    offer_act(made, table, out, "approve", Approving, acts.approve, f"Approve a draft of {called}")
    offer_removal(made, table, acts.discard, f"Discard a draft of {called}")
    return made
