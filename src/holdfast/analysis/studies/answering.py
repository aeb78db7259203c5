"""The job that answers a study."""

from __future__ import annotations

import time
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.studies.actions import ANSWER, keep_answer
from holdfast.analysis.studies.input import read_input
from holdfast.analysis.studies.kinds import SORTS
from holdfast.analysis.studies.models import Kind, Study
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.jobs.registry import job
from holdfast.organization.jobs.running import Running


@job(ANSWER, label=_("answer a question to the model"), takes_context=True)
def answer(by: Actor, context: Running, *, study: str) -> dict[str, Any]:
    """Computes, telling how far it is, and keeps the answer; one that has its answer is left as it is."""
    from holdfast.engine.errors import InputError

    found = Study.objects.get(key=study)
    if found.answered_at is not None:
        return {"study": study}
    begun = time.monotonic()
    sort = SORTS[Kind(found.kind)]
    try:
        about = read_input(found.as_of, found.as_question(), hazards=sort.hazards, scenarios=sort.scenarios)
        context.check()
        # Told that it is to stop, progress raises, and the engine gives up its threads.
        said = sort.answer(about, found.question, lambda done, of: context.progress(done, of))
    except InputError as error:
        raise ValidationError(str(error)) from None
    keep_answer(by, found, answer=said, input_hash=about.hash, seconds=time.monotonic() - begun)
    return {"study": study}
