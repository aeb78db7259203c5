"""What the data says in each section of a plan, by the name of the section. Nothing of it was typed into the plan.

Each function takes the plan, the words of the document and the level of the headings below that of the section, and
gives the parts; none where there is nothing to say that the section would be poorer without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from holdfast.analysis.impact.needs import WHOLE, at, by_kind, curve
from holdfast.formats.charts import Span, gantt_chart
from holdfast.formats.document import Bullets, Cell, Fact, Figure, Head, Heading, Paragraph, Part, Table, Terms
from holdfast.organization.evidence.fact import Fact as Known
from holdfast.readiness.plans.documents.reading import Holder, Reached, Way, Whole
from holdfast.readiness.plans.documents.wording import NOTHING, Wording
from holdfast.readiness.plans.facts import figures_of
from holdfast.readiness.plans.models import Phase, PlanKind, PlanTask
from holdfast.readiness.plans.template import CAUSES

Filling = Callable[[Whole, Wording, int], Iterable[Part]]
MOST_ROWS = 40
"""Tasks on one drawing: more would not fit on a page."""
MARKS_OF_TIME = (0.25, 0.5, 1, 2, 4, 8, 12, 24, 48, 72, 168, 336, 672, 1344, 2688)
LINEAR = 48.0
STEPS = (0.25, 0.5, 1, 2, 4, 6, 8, 12)
TIMES = (1.0, 4.0, 8.0, 24.0, 72.0, 168.0, 336.0, 672.0)
"""The times at which needs are added up, as far as anything is new at them."""


def scope(whole: Whole, say: Wording, level: int) -> Iterator[Part]:
    plan = whole.plan
    lines = [
        (say("unit"), plan.unit.name),
        (say("site"), plan.site.name if plan.site else ""),
        (say("crisis_kind"), plan.crisis),
        (say("threat"), str(plan.threat or "")),
        (say("part_of"), whole.above.title if whole.above else ""),
        (say("parts"), "\n".join(part.title for part in whole.parts)),
        (_of(whole, say), "\n".join(node.name for node in whole.processes)),
    ]
    yield Terms(tuple(Fact(label, value) for label, value in lines if value))


def _of(whole: Whole, say: Wording) -> str:
    return say("application" if whole.plan.kind == PlanKind.ICT else "process")


def roles(whole: Whole, say: Wording, level: int) -> Iterator[Part]:
    if not whole.roles:
        yield Paragraph(say("none_named"), "note")
        return
    heads = [Head(say("role"), 1.5), Head(say("holder"), 2), Head(say("alternate"), 2), Head(say("does"), 2.4)]
    rows = [
        [
            Cell(role.name),
            _post(role.post, whole.holding(role.post_id), say),
            _post(role.alternate, whole.holding(role.alternate_id), say),
            Cell(role.does or NOTHING),
        ]
        for role in whole.roles
    ]
    shown = 4 if any(role.does for role in whole.roles) else 3
    yield Table(tuple(heads[:shown]), tuple(tuple(row[:shown]) for row in rows))


def _post(post: Any, holders: Sequence[Holder], say: Wording) -> Cell:
    """A post with whoever holds it on the day."""
    if post is None:
        return Cell(say("nobody"), tone=1)
    names = ", ".join(holder.name for holder in holders)
    if names == post.title:
        return Cell(names)
    return Cell(names, more=post.title) if names else Cell(say("vacant"), tone=1, more=post.title)


def activation(whole: Whole, say: Wording, level: int) -> Iterator[Part]:
    lines = [Fact(say("crisis_kind"), whole.plan.crisis)] if whole.plan.crisis else []
    for name in ("rto", "mtpd"):
        found = [(fact.value, node, fact) for node, fact in _known(whole, name) if fact.value is not None]
        if found:
            _value, node, fact = min(found, key=lambda one: (one[0], one[1].name))
            cell = say.fact(fact)
            lines.append(Fact(say(f"shortest_{name}"), cell.text, cell.basis, node.name))
    if lines:
        yield Terms(tuple(lines))


def _known(whole: Whole, name: str) -> Iterator[tuple[Any, Known]]:
    for node in whole.processes:
        fact = figures_of(node)[name]
        if fact is not None:
            yield node, fact


def cause(name: str) -> Filling:
    def filled(whole: Whole, say: Wording, level: int) -> Iterator[Part]:
        ways = [way for way in whole.strategies if name in way.causes]
        if ways:
            yield _ways(ways, say, with_causes=False)

    return filled


def strategies(whole: Whole, say: Wording, level: int) -> Iterator[Part]:
    if not whole.strategies:
        yield Paragraph(say("none_named"), "note")
        return
    yield _ways(whole.strategies, say, with_causes=whole.plan.kind == PlanKind.CONTINUITY)


def _ways(ways: Sequence[Way], say: Wording, *, with_causes: bool) -> Table:
    heads = [
        Head(say("strategy"), 2.6), Head(say("process"), 2), Head(say("activation_time"), 1),
        Head(say("endurance"), 1), Head(say("strategy_state"), 1),
    ]  # fmt: skip
    if with_causes:
        heads.insert(2, Head(say("helps_against"), 1.8))
    rows = []
    for way in ways:
        kind = say(way.kind)
        more = "\n".join(filter(None, (kind, way.does)))
        lasts = (
            Cell(say("unlimited")) if way.endurance is None or way.endurance.value is None else say.fact(way.endurance)
        )
        row = [
            Cell(way.name, more=more),
            Cell("\n".join(way.processes)),
            say.fact(way.activation),
            lasts,
            Cell(say(way.state)),
        ]
        if with_causes:
            row.insert(
                2, Cell("\n".join(say.texts.sections[f"cause-{one}"].title for one in CAUSES if one in way.causes))
            )
        rows.append(tuple(row))
    return Table(tuple(heads), tuple(rows))


def processes(whole: Whole, say: Wording, level: int) -> Iterator[Part]:
    if not whole.processes:
        yield Paragraph(say("none_named"), "note")
        return
    names = ("rto",) if whole.plan.kind == PlanKind.ICT else ("rto", "mtpd", "rpo", "minimum")
    heads = (
        Head(_of(whole, say), 2.6), Head(say("owner"), 2), *(Head(say(name), 1) for name in names),
        Head(say("site"), 1.6),
    )  # fmt: skip
    rows = tuple(
        (
            Cell(node.name, more=node.unit.name if node.unit else ""),
            Cell(str(node.owner or NOTHING)),
            *(say.fact(figures_of(node)[name]) for name in names),
            Cell(node.site.name if node.site else NOTHING),
        )
        for node in whole.processes
    )
    yield Table(heads, rows)


def tasks(whole: Whole, say: Wording, level: int) -> Iterator[Part]:
    if not whole.tasks:
        yield Paragraph(say("none_named"), "note")
        return
    yield from gantt(whole, say)
    yield from _returns(whole, say)
    for phase in Phase.values:
        found = [task for task in whole.tasks if task.phase == phase]
        if found:
            yield Heading(level, say("phase_continuity" if phase == Phase.CONTINUITY else phase))
            yield _tasks(found, whole, say)
    steps = [task for task in whole.tasks if task.approval_id or task.verification.strip() or task.way_back.strip()]
    if steps:
        yield Heading(level, say("steps"))
        heads = (
            Head(say("task"), 1.6),
            Head(say("approval"), 1),
            Head(say("verification"), 1.8),
            Head(say("way_back"), 1.8),
        )
        rows = tuple(
            (
                Cell(task.title, more=task.code),
                Cell(task.approval.name if task.approval else NOTHING),
                Cell(task.verification or NOTHING),
                Cell(task.way_back or NOTHING),
            )
            for task in steps
        )
        yield Table(heads, rows)


def _tasks(found: Sequence[PlanTask], whole: Whole, say: Wording) -> Table:
    heads = (
        Head("", 0), Head(say("task"), 3.4), Head(say("responsible"), 1.7), Head(say("starts"), 0.9),
        Head(say("takes"), 1.2), Head(say("ends"), 0.9), Head(say("after"), 0.9),
    )  # fmt: skip
    rows = []
    for task in found:
        slot = whole.slots.get(task.code)
        more = [task.details.strip()]
        if task.site is not None:
            more.append(f"{say('place')}: {task.site.name}")
        if task.process is not None:
            more.append(f"{say('brings_back')}: {task.process.name}")
        claims = ", ".join(f"{say.number(claim.amount)} × {claim.pool or claim.node}" for claim in task.claims.all())
        if claims:
            more.append(f"{say('claims')}: {claims}")
        if slot is not None and slot.critical:
            more.append(f"▪ {say('no_time_to_spare')}")
        rows.append(
            (
                Cell(task.code),
                Cell(task.title, strong=True, more="\n".join(filter(None, more))),
                Cell(task.role.name if task.role else say("nobody"), tone=None if task.role else 1),
                Cell(say.time(slot.start) if slot else NOTHING),
                Cell(say.times(task.low, task.high), basis=task.basis),  # type: ignore[arg-type]
                Cell(say.time(slot.finish) if slot else NOTHING),
                Cell(", ".join(task.after) or NOTHING),
            )
        )
    return Table(heads, tuple(rows), first_heads=False)


def gantt(whole: Whole, say: Wording) -> Iterator[Figure]:
    """The tasks over time, so many on a drawing as a page holds; all drawings have one axis."""
    tasks = [task for task in whole.tasks if task.code in whole.slots]
    critical = sum(1 for task in tasks if whole.slots[task.code].critical)
    says = say("gantt_alt", critical=critical, tasks=len(tasks), end=say.time(whole.end))
    spans = [_span(task, whole) for task in sorted(tasks, key=lambda one: (whole.slots[one.code].start, one.position))]
    marks = limits_of(whole, say)
    most = max([span.late or span.end for span in spans] + [hour for hour, _word in marks], default=1.0)
    for first in range(0, len(spans), MOST_ROWS):
        drawn = gantt_chart(
            spans[first : first + MOST_ROWS], ticks_of(most, say), says=says, below=say("from_activation"), marks=marks,
            most=most,
        )  # fmt: skip
        yield Figure(drawn.for_paper(), drawn.width, drawn.height, says, say("gantt"))


def _span(task: PlanTask, whole: Whole) -> Span:
    slot, done = whole.slots[task.code], whole.ends.get(f"task {task.code}")
    label = f"{task.code} {task.title}"
    return Span(label, slot.start, slot.finish, slot.critical, done.p10 if done else None, done.p90 if done else None)


def limits_of(whole: Whole, say: Wording) -> list[tuple[float, str]]:
    """The shortest RTO, which the tasks have to keep, as a mark on the axis."""
    values = [fact.value for _node, fact in _known(whole, "rto") if fact.value]
    return [(min(values), say("rto"))] if values else []


def ticks_of(most: float, say: Wording) -> list[tuple[float, str]]:
    """Round times up to `most`, in words: evenly apart on a plain axis, in ratios on a logarithmic one."""
    if most > LINEAR:
        return [(hour, say.time(hour)) for hour in (0.0, *MARKS_OF_TIME) if hour <= most]
    step = next((one for one in STEPS if most / one <= 6), STEPS[-1])
    return [(step * n, say.time(step * n)) for n in range(int(most / step) + 1)]


def _returns(whole: Whole, say: Wording) -> Iterator[Part]:
    rows = []
    for node in whole.processes:
        back = whole.ends.get(f"back {node.key}")
        if back is None:
            continue
        figures = figures_of(node)
        limit = figures["mtpd"]
        late = limit is not None and limit.value is not None and back.likely > limit.value
        wanted = figures["rto"]
        over = wanted is not None and wanted.value is not None and back.likely > wanted.value
        rows.append(
            (
                Cell(node.name), say.fact(wanted), say.fact(limit),
                Cell(say.time(round(back.likely, 1)), tone=3 if late else 2 if over else None),
                Cell(say.time(round(back.p90, 1))),
            )
        )  # fmt: skip
    if rows:
        heads = (
            Head(_of(whole, say), 2.6), Head(say("rto"), 1), Head(say("mtpd"), 1), Head(say("back_after"), 1.2),
            Head(say("nine_of_ten"), 1.4),
        )  # fmt: skip
        yield Table(heads, tuple(rows), say("returns"))


def contacts(whole: Whole, say: Wording, level: int) -> Iterator[Part]:
    if not whole.roles:
        yield Paragraph(say("none_named"), "note")
        return
    heads = (Head(say("role"), 2), Head(say("holder"), 2.4), Head(say("reached"), 2.8), Head(say("verified"), 1.3))
    rows = []
    for role, depth in whole.called:
        for n, (post, holders) in enumerate(
            ((role.post, whole.holding(role.post_id)), (role.alternate, whole.holding(role.alternate_id)))
        ):
            if n and post is None:
                continue
            ways = [way for holder in holders for way in holder.ways]
            rows.append(
                (
                    Cell(say("alternate") if n else role.name, strong=not n, indent=depth + n),
                    _post(post, holders, say),
                    Cell("\n".join(reached(way, say) for way in ways) or NOTHING),
                    Cell("\n".join(say.day(way.verified_on) for way in ways) or NOTHING),
                )
            )
    yield Table(heads, tuple(rows), say("call_tree"), first_heads=False)
    if whole.suppliers:
        supplied = tuple((Cell(node.name), Cell("\n".join(names))) for node, names in whole.suppliers)
        yield Table((Head(say("supplier"), 2), Head(say("process"), 3)), supplied)


def reached(way: Reached, say: Wording) -> str:
    """How somebody is reached. What is private stays so on paper."""
    return f"{say(way.channel)}: {say('private') if way.private else way.address}"


def resources(whole: Whole, say: Wording, level: int) -> Iterator[Part]:
    needs = by_kind(whole.needs)
    if not needs:
        yield Paragraph(say("none_named"), "note")
        return
    first, last = min(need.at for need in whole.needs), max(need.at for need in whole.needs)
    times = [hour for hour in TIMES if first <= hour < last]
    times = [*times, next((hour for hour in TIMES if hour >= last), last)]
    heads = (Head(say("resource"), 2.4), *(Head(say.time(hour), 1, True) for hour in times))
    rows = []
    for kind, found in needs.items():
        steps = curve(found)
        counts = [at(steps, hour) for hour in times]
        shown = [one.amount if kind in WHOLE or kind == "unnamed" else one.things for one in counts]
        rows.append((Cell(kind_words(kind, say)), *(Cell(say.number(value) if value else NOTHING) for value in shown)))
    yield Table(heads, tuple(rows), say("needed_in_all"))
    lines = tuple(
        (
            Cell(say.time(need.at)),
            Cell(", ".join(sorted(need.things.values())) or need.name or kind_words(need.kind, say)),
            Cell(f"{say.number(need.amount)} {say(need.kind)}" if need.kind in WHOLE else NOTHING),
            Cell(need.process.name),
        )
        for need in whole.needs
    )
    heads = (Head(say("by"), 0.8), Head(say("resource"), 3), Head(say("amount"), 1.4), Head(say("process"), 2.2))
    yield Table(heads, lines, first_heads=False)


def kind_words(kind: str, say: Wording) -> str:
    return say(kind if kind in WHOLE else f"needed_{kind}")


def sites(whole: Whole, say: Wording, level: int) -> Iterator[Part]:
    if not whole.sites:
        yield Paragraph(say("none_named"), "note")
        return
    rows = tuple(
        (
            Cell(site.name + ("" if site.is_valid_on(whole.on) and site.state != "closed" else f" ({say('closed')})")),
            Cell(site.address or ", ".join(filter(None, (site.city, site.country))) or NOTHING),
            Cell(
                "\n".join(
                    one.alternate.name + (f" ({', '.join(names)})" if (names := _for_whom(one)) else "")
                    for one in whole.alternates
                    if one.site_id == site.pk
                )
                or NOTHING
            ),
        )
        for site in whole.sites
    )
    yield Table((Head(say("site"), 2), Head(say("address"), 3), Head(say("instead"), 2.4)), rows)


def _for_whom(one: Any) -> list[str]:
    return [name for name in (str(one.group or one.unit or ""), one.purpose) if name]


def records(whole: Whole, say: Wording, level: int) -> Iterator[Part]:
    if not whole.records:
        yield Paragraph(say("none_named"), "note")
        return
    known = any(row.copies or row.how_reached for row in whole.records)
    heads = [Head(say("record"), 2.4), Head(say("process"), 2.4)]
    if known:
        heads += [
            Head(say("copies"), 2),
            Head(say("medium"), 1),
            Head(say("how_reached"), 2),
            Head(say("last_copied"), 1.2),
        ]
    rows = []
    for row in whole.records:
        cells = [Cell(row.name), Cell("\n".join(row.processes))]
        if known:
            cells += [
                Cell(row.copies or NOTHING), Cell(row.medium or NOTHING), Cell(row.how_reached or NOTHING),
                Cell(say.day(row.last_copied)),
            ]  # fmt: skip
        rows.append(tuple(cells))
    yield Table(tuple(heads), tuple(rows))


def annexes(whole: Whole, say: Wording, level: int) -> Iterator[Part]:
    if whole.parts:
        yield Heading(level, say("parts"))
        yield Bullets(tuple(f"{part.title} ({part.unit.name})" for part in whole.parts))
    if whole.copies:
        yield Heading(level, say("distribution"))
        heads = (
            Head(say("post"), 3),
            Head(say("form"), 1.4),
            Head(say("given_on"), 1.6),
            Head(say("received_on"), 1.6),
        )
        yield Table(
            heads,
            tuple(
                (
                    Cell(copy.post.title), Cell(say(f"form_{copy.form}")), Cell(say.day(copy.given_on)),
                    Cell(say.day(copy.received_on)),
                )
                for copy in whole.copies
            ),
        )  # fmt: skip


FILLED: dict[str, Filling] = {
    "scope": scope,
    "roles": roles,
    "activation": activation,
    **{f"cause-{name}": cause(name) for name in CAUSES},
    "processes": processes,
    "strategies": strategies,
    "tasks": tasks,
    "contacts": contacts,
    "resources": resources,
    "sites": sites,
    "records": records,
    "annexes": annexes,
}
