"""Plans on paper: 1,000 of 20 pages by the product's own job, and one process beside WeasyPrint on the same content.

    python -m benchmarks plans [--plans N] [--beside N] [--json FILE]

Works on a database of its own in a temporary folder (SQLite), or on an empty one that HOLDFAST_DATABASE_URL names. The
plans are made from a seed: continuity plans in force with every section written, roles, tasks in a graph, processes
with their limits and requirements, strategies and suppliers. The job is asked for and done by a worker in this process,
as in operation: reading, describing, setting, progress and the one file at the end are all in its time. Beside it, some
plans are set one by one, in turn by one child of ours and by WeasyPrint in this process, both as tagged PDF (PDF/UA-1)
from the same description with the same fonts. Exit status 1 where a plan is missing or has not about 20 pages.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import random
import re
import resource
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.measuring import machine, table

SEED = 1
TASKS, ROLES, PROCESSES, REQUIREMENTS = 36, 12, 8, 5
PLANS_OF_UNIT = 10
PAGES = range(18, 23)
MB = 1 << 20
WORDS = str.split(
    "office chief section staff work site record copy key system supplier day hour telephone message building floor "
    "team alternate decision report time payment contract account meeting room network power water vehicle guard list "
    "calls tells opens closes moves keeps brings checks signs sends reads decides reaches replaces restores confirms "
    "at once then before after with without from to and or as soon until every first second critical normal"
)


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks plans", description=__doc__.partition("\n")[0])
    parser.add_argument("--plans", type=int, default=1000, help="default 1000")
    parser.add_argument("--beside", type=int, default=10, help="how many WeasyPrint sets too; default 10")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="holdfast-benchmark-") as folder:
        os.environ |= {"HOLDFAST_DATA": folder, "DJANGO_SETTINGS_MODULE": "holdfast.web.settings"}
        figures = _measure(given.plans, given.beside)
    job, pair = figures["job"], figures["beside"]
    print(
        table(
            [
                [f"{given.plans:,} plans", "reached", "wanted"],
                ["pages a plan, mean", f"{job['pages']:.1f}", "20"],
                ["all plans, minutes", f"{job['seconds'] / 60:.2f}", "≤ 10"],
                ["processor minutes of all processes", f"{job['processor'] / 60:.2f}", ""],
                ["most memory of the worker, MB", f"{job['worker MB']:,.0f}", "≤ 1,200"],
                ["most memory of a child, MB", f"{job['child MB']:,.0f}", "≤ 1,200"],
                ["the file, MB", f"{job['file MB']:,.0f}", ""],
            ]
        )
    )
    if pair:
        print()
        print(
            table(
                [
                    ["one plan, one process", "median s", "least s", "most s", "pages"],
                    *(
                        [
                            name,
                            *(f"{pair[name][one]:.2f}" for one in ("median", "least", "most")),
                            f"{pair[name]['pages']:.1f}",
                        ]
                        for name in ("Holdfast", "WeasyPrint")
                    ),
                ]
            )
        )
        print(f"\nWeasyPrint ÷ Holdfast: {pair['ratio']:.1f} (wanted ≥ 5)")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1))
    return 0 if figures["whole"] else 1


def _measure(plans: int, beside: int) -> dict[str, Any]:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from holdfast.organization import clock
    from holdfast.organization.places.models import Unit

    if Unit.objects.exists():
        sys.exit("this database holds an organisation already: name an empty one")
    make(plans)
    job = _job(plans)
    pair = _beside(beside, clock.today()) if beside else {}
    whole = job["plans"] == plans and round(job["pages"]) in PAGES and job["state"] == "done"
    return {"machine": machine("typst", "weasyprint"), "job": job, "beside": pair, "whole": whole}


def _job(plans: int) -> dict[str, Any]:
    from holdfast.organization.accounts.models import System
    from holdfast.organization.jobs.worker import Crew
    from holdfast.organization.places.models import Unit
    from holdfast.readiness.plans.documents import ask_for_prints
    from holdfast.readiness.plans.models import PlanPrint

    asked = ask_for_prints(System("benchmark"), unit=Unit.objects.get(key="office"), language="en")
    begun, used = time.perf_counter(), _processor()
    Crew().run_one()
    seconds, processor = time.perf_counter() - begun, _processor() - used
    asked.refresh_from_db()
    printed = PlanPrint.objects.get()
    with zipfile.ZipFile(printed.path) as archive:
        names = archive.namelist()
        pages = [pages_of(archive.read(name)) for name in names[:: max(1, len(names) // 50)]]
    return {
        "seconds": seconds,
        "processor": processor,
        "state": asked.state,
        "plans": len(names),
        "pages": statistics.mean(pages),
        "worker MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MB,
        "child MB": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / MB,
        "file MB": printed.size / MB,
        "cores": len(os.sched_getaffinity(0)),
    }


def _processor() -> float:
    """Processor seconds of this process and of its children that have ended, as all have when the job has."""
    found = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in found)


def _beside(count: int, on: date) -> dict[str, Any]:
    """One process each, in turn, on the same descriptions; each sets one plan before the clock runs."""
    from weasyprint import HTML
    from weasyprint.text.fonts import FontConfiguration

    from holdfast.formats.typesetting import Typesetters
    from holdfast.readiness.plans.documents import FONTS, TEMPLATE, plan_document
    from holdfast.readiness.plans.models import Plan

    fonts = FontConfiguration()
    documents = [plan_document(plan, "en", on) for plan in Plan.objects.order_by("key")[: count + 1]]
    seconds: dict[str, list[float]] = {"Holdfast": [], "WeasyPrint": []}
    pages: dict[str, list[int]] = {"Holdfast": [], "WeasyPrint": []}

    def ours(typesetters: Typesetters, document: Any) -> Callable[[], int]:
        pdf = typesetters.set(document.as_json())
        return lambda: pages_of(pdf)

    def theirs(_typesetters: Typesetters, document: Any) -> Callable[[], int]:
        made = HTML(string=as_html(document, FONTS), base_url=str(FONTS)).render(font_config=fonts)
        made.write_pdf(pdf_variant="pdf/ua-1")
        return lambda: len(made.pages)

    with Typesetters(TEMPLATE, FONTS, 1) as typesetters:
        for n, document in enumerate(documents):
            for name, work in (("Holdfast", ours), ("WeasyPrint", theirs)):
                begun = time.perf_counter()
                counted = work(typesetters, document)
                took = time.perf_counter() - begun
                if n:
                    seconds[name].append(took)
                    pages[name].append(counted())
    found: dict[str, Any] = {
        name: {
            "median": statistics.median(all_), "least": min(all_), "most": max(all_),
            "pages": statistics.mean(pages[name]),
        }
        for name, all_ in seconds.items()
    }  # fmt: skip
    return found | {"ratio": found["WeasyPrint"]["median"] / found["Holdfast"]["median"]}


def pages_of(pdf: bytes) -> int:
    """As the trees of its pages have it."""
    return max(int(one) for one in re.findall(rb"/Type/Pages/Count (\d+)", pdf))


CSS = """
@font-face { font-family: Noto; src: url(NotoSans_400Regular.ttf); }
@font-face { font-family: Noto; font-weight: bold; src: url(NotoSans_700Bold.ttf); }
@font-face { font-family: Noto; font-style: italic; src: url(NotoSans_400Regular_Italic.ttf); }
@page { size: A4; margin: 20mm 18mm; @top-left { content: string(title); font-size: 7.5pt; }
  @bottom-left { content: "FOOT"; font-size: 7.5pt; }
  @bottom-right { content: counter(page) " / " counter(pages); font-size: 7.5pt; } }
html { font: 9.5pt/1.35 Noto; color: #17212b; }
h1 { font-size: 22pt; string-set: title content(); } h2 { font-size: 14.5pt; } h3 { font-size: 11.5pt; }
h4 { font-size: 10pt; }
h2, h3, h4, caption, figcaption { break-after: avoid; }
table { border-collapse: collapse; width: 100%; font-size: 8pt; } tr { break-inside: avoid; }
td, th { padding: 3.5pt 3pt; border-bottom: 0.3pt solid #d5dbe2; text-align: start; } thead { font-size: 7.5pt; }
small { color: #566270; } .short { break-inside: avoid; } nav, .cover { break-after: page; }
nav a::after { content: leader(".") target-counter(attr(href), page); } figure { break-inside: avoid; margin: 8pt 0; }
svg { width: 100%; }
"""


def as_html(document: Any, fonts: Path) -> str:
    """The same description for WeasyPrint: cover, contents, heads and feet, tables that repeat their heads."""
    parts = list(document.parts)
    headings = [(n, part) for n, part in enumerate(parts) if type(part).__name__ == "Heading" and part.level <= 2]
    contents = "".join(f'<li><a href="#h{n}">{html.escape(part.text)}</a></li>' for n, part in headings)
    cover = "".join(_html(part, "") for part in document.cover)
    body = "".join(_html(part, f"h{n}") for n, part in enumerate(parts))
    css = CSS.replace("FOOT", document.foot.replace('"', ""))
    return (
        f'<!doctype html><html lang="{document.language}"><head><meta charset="utf-8">'
        f'<title>{html.escape(document.title)}</title><base href="{fonts.as_uri()}/"><style>{css}</style></head><body>'
        f'<div class="cover"><h1>{html.escape(document.title)}</h1>{cover}</div><nav><ul>{contents}</ul></nav>{body}'
        "</body></html>"
    )


def _html(part: Any, key: str) -> str:
    said = html.escape
    match type(part).__name__:
        case "Heading":
            return f'<h{part.level + 1} id="{key}">{said(part.text)}</h{part.level + 1}>'
        case "Paragraph":
            return f"<p>{_runs(part)}</p>"
        case "Listing":
            tag = "ol" if part.numbered else "ul"
            items = "".join(f"<li>{''.join(_html(one, '') for one in item.parts)}</li>" for item in part.items)
            return f"<{tag}>{items}</{tag}>"
        case "Bullets":
            return f"<ul>{''.join(f'<li>{said(one)}</li>' for one in part.items)}</ul>"
        case "Terms":
            rows = "".join(f"<tr><th>{said(one.label)}</th><td>{said(one.value)}</td></tr>" for one in part.items)
            return f"<table>{rows}</table>"
        case "Table":
            heads = "".join(f"<th>{said(head.text)}</th>" for head in part.heads)
            rows = "".join(
                f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in part.rows
            )  # fmt: skip
            caption = f"<caption>{said(part.caption)}</caption>" if part.caption else ""
            short = ' class="short"' if len(part.rows) <= 12 else ""
            return f"<table{short}>{caption}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        case "Figure":
            return f"<figure><figcaption>{said(part.caption)}</figcaption>{part.svg}</figure>"
    return ""


def _cell(cell: Any) -> str:
    text = html.escape(cell.text).replace("\n", "<br>")
    more = f"<br><small>{html.escape(cell.more)}</small>".replace("\n", "<br>") if cell.more else ""
    return f"<td>{'<b>' * cell.strong}{text}{'</b>' * cell.strong}{more}</td>"


def _runs(part: Any) -> str:
    if not part.runs:
        return html.escape(part.text).replace("\n", "<br>")
    found = []
    for run in part.runs:
        text = html.escape(run.text).replace("\n", "<br>")
        text = f"<b>{text}</b>" if run.bold else text
        text = f"<i>{text}</i>" if run.italic else text
        found.append(f'<a href="{html.escape(run.link)}">{text}</a>' if run.link else text)
    return "".join(found)


# The plans


def make(plans: int) -> None:
    """An office with units, posts, persons, processes and plans, straight into the tables: nothing here is measured."""
    from holdfast.organization.places.models import Site, Unit
    from holdfast.organization.structure.models import ContactPoint, Holding, Node, Person, Post, Requirement, Supply

    luck = random.Random(SEED)
    office = Unit.objects.create(key="office", path="office/", name="Office of the north", kind="office")
    units = [
        Unit(key=f"unit-{n}", path=f"office/unit-{n}/", name=f"{_said(luck, 3)} unit {n}", kind="unit", parent=office)
        for n in range(max(1, -(-plans // PLANS_OF_UNIT)))
    ]
    sites = [
        Site(key=f"site-{n}", path=f"site-{n}/", name=f"House {n}", kind="building", address=_said(luck, 9))
        for n in range(20)
    ]
    _keep(Site, sites)
    _keep(Unit, units)
    posts = [Post(key=f"post-{u}-{n}", title=f"{_said(luck, 3)} {u}-{n}", unit=unit) for u, unit in enumerate(units)
             for n in range(ROLES)]  # fmt: skip
    _keep(Post, posts)
    persons = [Person(key=f"person-{n}", name=f"Holder of post {n}", unit=post.unit) for n, post in enumerate(posts)]
    _keep(Person, persons)
    start = date(2020, 1, 1)
    _keep(Holding, [Holding(person=one, post=post, valid_from=start) for one, post in zip(persons, posts, strict=True)])
    _keep(
        ContactPoint,
        [
            ContactPoint(person=one, channel="mobile", address=f"+1 212 {n:07}", private=n % 3 == 0, verified_on=start)
            for n, one in enumerate(persons)
        ],
    )
    supplied = [
        Node(key=f"{kind}-{n}", kind=kind, name=f"{_said(luck, 3)} {kind} {n}")
        for kind in ("people", "facility", "application", "record", "supplier") for n in range(40)
    ]  # fmt: skip
    _keep(Node, supplied)
    processes = [
        Node(
            key=f"process-{u}-{n}", kind="process", name=f"{_said(luck, 4)} {u}-{n}", unit=unit,
            site=luck.choice(sites), rto=_hours(luck, 2, 24), mtpd=_hours(luck, 48, 168), rpo=_hours(luck, 1, 12),
        )
        for u, unit in enumerate(units) for n in range(PROCESSES)
    ]  # fmt: skip
    _keep(Node, processes)
    needs = [
        Requirement(key=f"need-{p.key}-{n}", node=p, position=n, name=_said(luck, 3), needs=float(luck.randint(1, 9)))
        for p in processes for n in range(REQUIREMENTS)
    ]  # fmt: skip
    _keep(Requirement, needs)
    _keep(Supply, [Supply(requirement=one, provider=luck.choice(supplied), weight=one.needs) for one in needs])
    _strategies(luck, units, processes)
    _plans(luck, plans, units, sites, posts, processes)


def _strategies(luck: random.Random, units: list[Any], processes: list[Any]) -> None:
    from holdfast.analysis.strategy.models import Covers, Strategy

    causes = ("staff", "systems", "premises", "records", "suppliers")
    made = [
        Strategy(
            key=f"way-{u}-{n}", name=_said(luck, 5), kind=("alternate_means", "telework", "alternate_site")[n % 3],
            unit=unit, causes=sorted({causes[n], luck.choice(causes)}), does=_said(luck, 18), state="in_place",
            activation=_hours(luck, 1, 8), endurance=_hours(luck, 48, 300),
        )
        for u, unit in enumerate(units) for n in range(5)
    ]  # fmt: skip
    _keep(Strategy, made)
    of_unit = {unit.pk: processes[n * PROCESSES : (n + 1) * PROCESSES] for n, unit in enumerate(units)}
    _keep(Covers, [Covers(strategy=one, process=process) for one in made for process in of_unit[one.unit_id][:3]])


def _plans(
    luck: random.Random, count: int, units: list[Any], sites: list[Any], posts: list[Any], processes: list[Any]
) -> None:
    from holdfast.governance.agreement.models import Agreement
    from holdfast.organization import clock
    from holdfast.readiness.plans.models import (
        Phase,
        Plan,
        PlanProcess,
        PlanRole,
        PlanSection,
        PlanTask,
        TaskAfter,
    )
    from holdfast.readiness.plans.template import sections_of

    today, now = clock.today(), clock.now()
    written = [section.name for section in sections_of("continuity") if section.writes]
    phases = list(Phase.values)
    owners = [units[n // PLANS_OF_UNIT] for n in range(count)]
    agreements = [
        Agreement(
            kind="plan", key=f"plan-{n:04}", line=f"plan-{n:04}", title=f"Plan {n}", address=f"/plans/plan-{n:04}/",
            unit=unit, state="approved", decided_on=today - timedelta(30), decided_at=now,
            in_force_from=today - timedelta(30),
        )
        for n, unit in enumerate(owners)
    ]  # fmt: skip
    _keep(Agreement, agreements)
    plans = [
        Plan(
            key=f"plan-{n:04}", title=f"{_said(luck, 5)} {n}", kind="continuity", unit=unit, site=luck.choice(sites),
            owner=posts[n // PLANS_OF_UNIT * ROLES], agreement=agreements[n],
        )
        for n, unit in enumerate(owners)
    ]  # fmt: skip
    _keep(Plan, plans)
    _keep(
        PlanSection,
        [PlanSection(plan=plan, section=name, language="en", text=_text(luck)) for plan in plans for name in written],
    )
    roles, links, tasks = [], [], []
    for n, plan in enumerate(plans):
        u = n // PLANS_OF_UNIT
        links += [
            PlanProcess(plan=plan, node=node, position=k)
            for k, node in enumerate(processes[u * PROCESSES : (u + 1) * PROCESSES])
        ]
        roles += [
            PlanRole(
                plan=plan, key=f"{plan.key}-r{k}", code=f"R{k}", position=k, name=_said(luck, 3), does=_said(luck, 14),
                post=posts[u * ROLES + k], alternate=posts[u * ROLES + (k + 1) % ROLES],
            )
            for k in range(ROLES)
        ]  # fmt: skip
    _keep(PlanProcess, links)
    _keep(PlanRole, roles)
    for n, role in enumerate(roles):
        role.called_by = roles[n - n % ROLES + (n % ROLES - 1) // 3] if n % ROLES else None
    PlanRole.objects.bulk_update(roles, ["called_by"], batch_size=500)
    for n, plan in enumerate(plans):
        u = n // PLANS_OF_UNIT
        for k in range(TASKS):
            low = luck.choice((0.1, 0.25, 0.5, 1.0))
            tasks.append(
                PlanTask(
                    plan=plan, key=f"{plan.key}-t{k}", code=f"T{k + 1}", position=k,
                    phase=phases[k * len(phases) // TASKS],
                    title=_said(luck, 6), details=_said(luck, 24), role=roles[n * ROLES + k % ROLES], low=low,
                    likely=low * 2, high=low * 4, site=luck.choice(sites) if k % 4 == 0 else None,
                    process=processes[u * PROCESSES + k % PROCESSES] if k % 5 == 4 else None,
                )
            )  # fmt: skip
    _keep(PlanTask, tasks)
    _keep(
        TaskAfter,
        [
            TaskAfter(task=task, after=tasks[n - luck.randint(1, min(4, n % TASKS))])
            for n, task in enumerate(tasks) if n % TASKS
        ],
    )  # fmt: skip


def _keep(model: Any, rows: list[Any]) -> None:
    model._base_manager.bulk_create(rows, batch_size=500)


def _hours(luck: random.Random, low: int, high: int) -> Any:
    from holdfast.organization.evidence.fact import Fact

    return Fact(float(luck.randint(low, high)), "h", luck.choice(("measured", "assumed")), source="made")  # type: ignore[arg-type]


def _said(luck: random.Random, words: int) -> str:
    return " ".join(luck.choices(WORDS, k=words)).capitalize()


def _text(luck: random.Random) -> str:
    """As people write: paragraphs, a list, a few stresses and a link."""
    return "\n\n".join(_blocks(luck))


def _blocks(luck: random.Random) -> Iterator[str]:
    yield f"{_said(luck, 60)}. **{_said(luck, 4)}**: {_said(luck, 30)}."
    yield "\n".join(f"- {_said(luck, 12)}" for _n in range(luck.randint(3, 6)))
    yield f"{_said(luck, 50)}, see [the page](https://example.org/{luck.randint(1, 99)}). *{_said(luck, 5)}.*"
    yield "\n".join(f"{n}. {_said(luck, 10)}" for n in range(1, luck.randint(4, 6)))
