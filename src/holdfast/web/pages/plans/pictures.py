"""The tasks of a plan over time, drawn."""

from __future__ import annotations

from django.utils.translation import gettext as _

from holdfast.formats.charts import Span, gantt_chart
from holdfast.readiness.plans.checks import Checked
from holdfast.web.pages.whatif.wording import hours

TICKS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 12.0, 24.0, 48.0, 72.0, 168.0, 336.0, 672.0, 2016.0, 8736.0)


def gantt_of(checked: Checked) -> str:
    """The picture as SVG; nothing where no task is in time."""
    tasks = [task for task in checked.tasks if task.code in checked.slots]
    if not tasks or checked.end is None:
        return ""
    spans = [
        Span(f"{task.code} {task.title}", slot.start, slot.finish, slot.critical)
        for task, slot in ((task, checked.slots[task.code]) for task in tasks)
    ]
    says = _(
        "Tasks as bars from activation on. %(n)d of %(all)d have no time to spare; all are done after %(end)s."
    ) % {
        "n": len(checked.critical),
        "all": len(tasks),
        "end": hours(checked.end.likely),
    }
    ticks = [(tick, hours(tick) if tick else "0") for tick in TICKS]
    chart = gantt_chart(spans, ticks, says=says, below=_("Time from activation; dark bars have no time to spare"))
    return chart.svg
