"""The job `plans.print`: all plans in force of a unit and below, each as a PDF, in one file.

Each document is described here, and set by as many children as there are cores (formats/typesetting.py), which are
ended and begun anew as they grow, so that memory stays bounded whatever the number of plans. What is set is kept in a
folder of the job until all are: begun again after a worker was killed, the job goes on with what is missing.
"""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.formats.typesetting import NotSet, Typesetters
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.accounts.models import User
from holdfast.organization.jobs.actions import enqueue
from holdfast.organization.jobs.models import Job
from holdfast.organization.jobs.registry import job
from holdfast.organization.jobs.running import Running
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.saving import create
from holdfast.readiness.plans.documents.plan import plan_document
from holdfast.readiness.plans.documents.sets import plans_of
from holdfast.readiness.plans.documents.setting import FONTS, TEMPLATE
from holdfast.readiness.plans.models import Plan
from holdfast.readiness.plans.models.prints import KEPT, PlanPrint, prints_folder
from holdfast.readiness.plans.rights import VIEW
from holdfast.readiness.plans.template import LANGUAGES
from holdfast.readiness.plans.upkeep import Standing, standings

AHEAD = 2
"""Documents described ahead for each child: none has to wait, and few are in memory."""
COMPRESSED = 3
AT_ONCE = 50
_UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')


def ask_for_prints(by: Actor, *, unit: Unit, language: str, on: date | None = None) -> Job:
    """Asks for all plans in force of a unit and below, as they are on this day or another. Raises ValidationError,
    also where none of them may be seen."""
    if language not in dict(LANGUAGES):
        raise ValidationError({"language": gettext("Choose one of the six languages.")})
    day = on or clock.today()
    if not plans_of(by, unit, day):
        raise ValidationError(gettext("“%(unit)s” has no plan in force that you may see.") % {"unit": unit})
    return enqueue("plans.print", {"unit": unit.key, "language": language, "on": day.isoformat()}, by=by)


@job("plans.print", label=_("print plans"), takes_context=True)
def print_plans(by: Actor, context: Running, *, unit: str, language: str, on: str) -> dict[str, Any]:
    """The outcome names the printed set, how many plans are in it, and those that could not be set."""
    place, day = Unit.objects.get(key=unit), date.fromisoformat(on)
    plans = plans_of(by, place, day)
    key = f"print-{context.job.pk}"
    folder = prints_folder() / key
    folder.mkdir(parents=True, exist_ok=True)
    failed = set_all(plans, language, day, folder, context)
    size = _pack(plans, folder, prints_folder() / f"{key}.zip")
    if not PlanPrint.objects.filter(key=key).exists():
        keep_print(by, key=key, unit=place, language=language, on=day, plans=len(plans) - len(failed), size=size)
    shutil.rmtree(folder, ignore_errors=True)
    return {"print": key, "plans": len(plans) - len(failed), "not set": failed}


@act("plan.print", VIEW, label=_("print the plans of a unit"))
def keep_print(by: Actor, *, key: str, unit: Unit, language: str, on: date, plans: int, size: int) -> PlanPrint:
    row = PlanPrint(
        key=key, unit=unit, language=language, on=on, plans=plans, size=size,
        user=by if isinstance(by, User) else None, made_at=clock.now(),
    )  # fmt: skip
    return create(row, by)


@job("plans.tidy_prints", label=_("old printed plans"), at="04:40", takes_context=True)
def tidy_prints(by: Actor, context: Running) -> dict[str, int]:
    """Takes away the files, whole or not, that were made too long ago."""
    oldest = (clock.now() - KEPT).timestamp()
    gone = 0
    for path in sorted(prints_folder().glob("print-*")):
        context.check()
        if path.stat().st_mtime < oldest:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
            gone += 1
    return {"files": gone}


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0))


def set_all(
    plans: Iterable[Plan],
    language: str,
    on: date,
    folder: Path,
    context: Running,
    typesetters: Typesetters | None = None,
) -> list[str]:
    """Sets every plan that has no file in the folder yet, and tells how far it is. Gives the keys of those that could
    not be set. Raises what ends a job (jobs/running.py); what is set until then stays."""
    if typesetters is None:
        with Typesetters(TEMPLATE, FONTS, cores()) as made:
            return set_all(plans, language, on, folder, context, made)
    waiting: deque[tuple[Plan, Future[None]]] = deque()
    failed: list[str] = []
    plans = list(plans)
    done = 0

    def finish(most: int) -> None:
        nonlocal done
        while len(waiting) > most:
            plan, future = waiting.popleft()
            try:
                future.result()
            except NotSet:
                failed.append(plan.key)
            done += 1
            context.progress(done, len(plans), plan.title)

    with ThreadPoolExecutor(typesetters.count) as threads:
        try:
            for plan, stands in _standing(plans, on):
                if file_of(plan, folder).exists():
                    done += 1
                    continue
                context.check()
                data = plan_document(plan, language, on, stands).as_json()
                waiting.append((plan, threads.submit(_set, typesetters, data, file_of(plan, folder))))
                finish(AHEAD * typesetters.count)
            finish(0)
        except BaseException:
            for _plan, future in waiting:
                future.cancel()
            raise
    context.progress(len(plans), len(plans))
    return failed


def _standing(plans: Sequence[Plan], on: date) -> Iterator[tuple[Plan, Standing]]:
    """How each plan stands, asked for many at once."""
    for first in range(0, len(plans), AT_ONCE):
        some = plans[first : first + AT_ONCE]
        found = standings(some, on)
        yield from ((plan, found[plan.pk]) for plan in some)


def _set(typesetters: Typesetters, data: Any, file: Path) -> None:
    """Whole or not at all: a file that is there is a document that is done."""
    half = file.with_suffix(".half")
    half.write_bytes(typesetters.set(data))
    os.replace(half, file)


def file_of(plan: Plan, folder: Path) -> Path:
    return folder / f"{plan.pk}.pdf"


def _pack(plans: Iterable[Plan], folder: Path, target: Path) -> int:
    """All files under names that people know, in folders of their units."""
    half = target.with_suffix(".half")
    with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSED) as archive:
        for plan, name in names_of(plans):
            if file_of(plan, folder).exists():
                archive.write(file_of(plan, folder), name)
    size = half.stat().st_size
    os.replace(half, target)
    return size


def names_of(plans: Iterable[Plan]) -> Iterator[tuple[Plan, str]]:
    """UNIT/TITLE.pdf, and a number where two plans are called alike."""
    taken: set[str] = set()
    for plan in plans:
        stem = f"{_fit(plan.unit.acronym or plan.unit.name)}/{_fit(plan.title)}"
        name, n = f"{stem}.pdf", 1
        while name.casefold() in taken:
            n += 1
            name = f"{stem} ({n}).pdf"
        taken.add(name.casefold())
        yield plan, name


def _fit(said: str) -> str:
    """As file systems take it: without signs that mean something to them, and not too long in bytes."""
    clean = _UNFIT.sub(" ", said).strip(" .") or "-"
    return clean.encode()[:120].decode(errors="ignore").strip(" .")
