"""What a file would bring into a draft: section by section, with what differs from what stands there; roles matched to
posts, and tasks. Nothing is written here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from holdfast.exchange.plan_library.recognising import ANNEXES, Part, cell, hours, recognise, rest, steps_in
from holdfast.exchange.plan_library.words import bare
from holdfast.formats.plan_reading import Read
from holdfast.governance.differences import Piece, words
from holdfast.organization.accounts.scope import Asker, visible
from holdfast.organization.structure.models import Post
from holdfast.readiness.plans.models import Plan, PlanRole, PlanSection, PlanTask
from holdfast.readiness.plans.template import SECTIONS

MOST_NAME, MOST_TITLE = 200, 300
UNSAID = 1.0
"""Hours of a task whose time the file does not give."""


@dataclass(frozen=True)
class RoleRow:
    """`rest` stays in the file: names of people and their numbers are never typed into a plan."""

    id: str
    name: str
    does: str
    post: Post | None
    alternate: Post | None
    rest: list[tuple[str, str]]
    there: bool


@dataclass(frozen=True)
class TaskRow:
    """`step` is its number in the file, `after` the numbers that it comes after; `low` and `high` in hours, None where
    the file gives no time."""

    id: str
    step: str
    title: str
    details: str
    role: str
    low: float | None
    high: float | None
    after: list[str]
    there: bool


@dataclass(frozen=True)
class Placed:
    """A part and what it would do. `section` is where its text may go in this kind of plan."""

    part: Part
    section: str
    roles: tuple[RoleRow, ...] = ()
    tasks: tuple[TaskRow, ...] = ()
    there: bool = False
    pieces: list[Piece] = field(default_factory=list)


@dataclass(frozen=True)
class Proposal:
    """`versions`: of each section of the draft the version that was seen, 0 where nothing stands there."""

    plan: Plan
    form: str
    placed: tuple[Placed, ...]
    open_sections: tuple[str, ...]
    standing: dict[str, str]
    versions: dict[str, int]


def propose(by: Asker, plan: Plan, read: Read) -> Proposal:
    """Deterministic, so that what is accepted is what was shown."""
    open_sections = tuple(one.name for one in SECTIONS if plan.kind in one.writes)
    rows = {row.section: row for row in PlanSection.objects.filter(plan=plan, language=plan.language)}
    standing = {name: rows[name].text if name in rows else "" for name in open_sections}
    posts = list(visible(Post.objects.all(), by).order_by("title"))
    roles = {bare(name) for name in PlanRole.objects.filter(plan=plan).values_list("name", flat=True)}
    tasks = {bare(title) for title in PlanTask.objects.filter(plan=plan).values_list("title", flat=True)}
    placed = []
    for part in recognise(read.blocks):
        section = part.section if part.section in open_sections else ANNEXES
        if part.kind == "roles":
            placed.append(Placed(part, "roles", roles=tuple(_roles(part, posts, roles))))
        elif part.kind == "tasks":
            placed.append(Placed(part, "tasks", tasks=tuple(_tasks(part, tasks))))
        elif part.kind == "contacts":
            placed.append(Placed(part, "contacts"))
        else:
            if part.section != section and part.text:
                # The heading is known, and its section takes no text: it has to be told apart in the annexes.
                part.known = False
            old = standing[section]
            there = not part.written or part.written in old
            pieces = [] if there or not old else words(old, part.written)
            placed.append(Placed(part, section, there=there, pieces=pieces))
    versions = {name: rows[name].version if name in rows else 0 for name in open_sections}
    return Proposal(plan, read.form, tuple(placed), open_sections, standing, versions)


def _roles(part: Part, posts: Sequence[Post], there: set[str]) -> Any:
    for number, row in enumerate(part.rows[1:], 1):
        name = cell(part, row, "role") or cell(part, row, "name")
        if not name:
            continue
        does = cell(part, row, "does")
        if len(name) > MOST_NAME:
            does, name = f"{name}\n\n{does}".strip(), name[: MOST_NAME - 1] + "…"
        post = _post(posts, cell(part, row, "role")) or _post(posts, cell(part, row, "name"))
        other = _post(posts, cell(part, row, "alternate"))
        alternate = other if other != post else None
        taken = ["role", "does", *(["alternate"] if alternate else [])]
        yield RoleRow(
            f"{part.id}.{number}", name, does[:4000], post, alternate, rest(part, row, *taken), bare(name) in there
        )


def _post(posts: Sequence[Post], said: str) -> Post | None:
    """The post of this title; else the only one whose title begins so, or which begins the text."""
    wanted = bare(said)
    if len(wanted) < 3:
        return None
    same = [post for post in posts if bare(post.title) == wanted]
    near = same or [
        post for post in posts if bare(post.title).startswith(wanted) or wanted.startswith(bare(post.title) + ",")
    ]
    return near[0] if len(near) == 1 else None


def _tasks(part: Part, there: set[str]) -> Any:
    for number, row in enumerate(part.rows[1:], 1):
        title = " ".join(cell(part, row, "action").split())
        if not title:
            continue
        more = rest(part, row, "action", "step", "role", "time", "after")
        time = cell(part, row, "time")
        span = hours(time)
        if time and span is None:
            more.append((part.rows[0][part.columns["time"]], time))
        details = "\n".join(f"{head}: {said}" if head else said for head, said in more)
        if len(title) > MOST_TITLE:
            details, title = f"{title}\n\n{details}".strip(), title[: MOST_TITLE - 1] + "…"
        step = cell(part, row, "step")
        yield TaskRow(
            f"{part.id}.{number}", bare(step) or step, title, details[:8000], cell(part, row, "role"),
            span[0] if span else None, span[1] if span else None, steps_in(cell(part, row, "after")),
            bare(title) in there,
        )  # fmt: skip
