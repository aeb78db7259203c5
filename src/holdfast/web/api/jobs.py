"""Jobs in the background."""

from typing import Annotated, Any

from ninja import Schema
from pydantic import ConfigDict, Field

from holdfast.organization.jobs.actions import cancel_job, retry_job
from holdfast.organization.jobs.models import Job
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import MOST_INTEGER
from holdfast.web.api.tables import Table, offer, offer_act


class Nothing(Schema):
    """The version seen, and nothing else."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None = None


JOBS = Table(
    name="jobs",
    one="job",
    model=Job,
    fields=(
        "name",
        "arguments",
        "queue_name",
        "priority",
        "state",
        "user",
        "system",
        "enqueued_at",
        "run_after",
        "claimed_at",
        "finished_at",
        "attempts",
        "most_attempts",
        "done",
        "total",
        "words",
        "outcome",
        "error",
        "slot",
    ),
    permission="job.manage",
    filters=("state", "name", "queue_name"),
    sorts=("enqueued_at", "finished_at", "priority"),
    order=("-pk",),
    search=("name", "words"),
)


def routes() -> Routes:
    made = Routes(tags=["Jobs"])
    out: Any = offer(made, JOBS)
    offer_act(made, JOBS, out, "cancel", Nothing, cancel_job, "Cancel a job")
    offer_act(made, JOBS, out, "retry", Nothing, retry_job, "Let a job start again")
    return made
