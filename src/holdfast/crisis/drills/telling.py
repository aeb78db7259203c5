"""The notices of an exercise. Each has the word EXERCISE in it: nobody may take one for real."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.drills.players import accounts_in
from holdfast.crisis.incidents.models import Incident
from holdfast.governance.notices.kinds import declare_kind
from holdfast.governance.notices.models import Notice
from holdfast.governance.notices.raising import Wanted, keep_notices, settle_notice
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor
from holdfast.readiness.exercises.models import Exercise, Inject, TakesPartAs

STARTED = declare_kind("exercise.started", _("EXERCISE: take part"), informs=True)
INJECT = declare_kind("exercise.inject", _("EXERCISE: news"), informs=True)
STOPPED = declare_kind("exercise.stopped", _("EXERCISE stopped at once"), informs=True)


def title_of(exercise: Exercise) -> str:
    return gettext("EXERCISE – %(title)s") % {"title": exercise.title}


def tell_started(by: Actor, exercise: Exercise, incident: Incident) -> None:
    users = accounts_in(exercise, clock.today(), TakesPartAs.values)
    words = gettext("It is stopped by the words “%(words)s”.") % {"words": exercise.stop_words}
    _keep(by, f"exercise:{exercise.key}", exercise, incident, [Wanted(STARTED, user=u, words=words) for u in users])


def tell_inject(by: Actor, inject: Inject, incident: Incident) -> None:
    """To all who play: who is meant says the text. Where none of them has an account, nobody is told but the log."""
    exercise = inject.exercise
    users = accounts_in(exercise, clock.today())
    words = gettext("EXERCISE. %(text)s") % {"text": inject.text}
    wanted = [Wanted(INJECT, user=user, words=words) for user in users]
    _keep(by, f"inject:{exercise.key}:{inject.pk}", exercise, incident, wanted)


def tell_stopped(by: Actor, exercise: Exercise, incident: Incident, reason: str = "") -> None:
    """That it was stopped, or, when it goes on, no more."""
    users = accounts_in(exercise, clock.today(), TakesPartAs.values) if exercise.stopped_at is not None else []
    words = f"{exercise.stop_words}. {reason}".strip()
    wanted = [Wanted(STOPPED, user=user, words=words) for user in users]
    _keep(by, f"exercise-stop:{exercise.key}", exercise, incident, wanted)


def settle_injects(by: Actor, exercise: Exercise) -> None:
    """It is over: nobody has to look at any of it any more."""
    for source in (f"exercise:{exercise.key}", f"exercise-stop:{exercise.key}"):
        settle_notice(by, source)
    rows = Notice.objects.open().filter(source__startswith=f"inject:{exercise.key}:")
    for source in set(rows.values_list("source", flat=True)):
        settle_notice(by, source)


def _keep(by: Actor, source: str, exercise: Exercise, incident: Incident, wanted: list[Wanted]) -> None:
    keep_notices(
        by,
        source=source,
        wanted=wanted,
        title=title_of(exercise),
        address=incident.address,
        unit=exercise.unit,
        site=exercise.site,
    )
