"""The addresses of questions to the model: thin, each reads, asks an act and shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, Subquery
from django.db.models.fields.json import KT
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.analysis.choice.models import Candidate
from holdfast.analysis.risk.models import Hazard
from holdfast.analysis.scenarios.models import Scenario
from holdfast.analysis.studies.actions import ASK, ask_study, rename_study, retire_study
from holdfast.analysis.studies.kinds import LISTS, SORTS, Parameter, Sort
from holdfast.analysis.studies.models import Kind, Study
from holdfast.engine.errors import InputError
from holdfast.formats.paper import WORD, write_pdf, write_word
from holdfast.formats.sheets import XLSX
from holdfast.organization import clock
from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import may, may_somewhere, require, visible
from holdfast.organization.rows import Row
from holdfast.organization.structure.models import Node
from holdfast.web.pages.impact.results_document import TEMPLATE
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST, free_key
from holdfast.web.pages.organization.fields import DayField, NumberField, RowField
from holdfast.web.pages.organization.forms import RowForm
from holdfast.web.pages.organization.listing import Column, Listing, ask, choice_filter
from holdfast.web.pages.organization.values import Chip
from holdfast.web.pages.whatif.example import Example, load
from holdfast.web.pages.whatif.paper import FONTS
from holdfast.web.pages.whatif.views import THE_EXAMPLE
from holdfast.web.pages.whatif.wording import hours, listing, number
from holdfast.web.permissions import needs, shows_example

from .arranged import arrange, compared
from .files import as_csv, as_json, document_of, made_from, workbook_of
from .lines import lines_field
from .registry import READERS
from .shown import Names, Shown

DEFAULT_TARGET = "f6"


def _rows(request: HttpRequest) -> Any:
    """The studies that the reader may see; of the example everybody."""
    if isinstance(request.user, User):
        return visible(Study.objects.all(), request.user)
    return Study.objects.all() if shows_example() else Study.objects.none()


def _one(request: HttpRequest, key: str) -> Study:
    found: Study | None = _rows(request).select_related("author", "job").filter(key=key).first()
    if found is None:
        raise Http404(_("There is nothing here by this name."))
    return found


def _names(request: HttpRequest, study: Study) -> Names | None:
    """None where the organisation of that day is no model any more."""
    try:
        example = load(request.user, study.as_of)
    except InputError:
        return None
    if example is None:
        return None
    named = []
    for rows in (Hazard.objects.all(), Scenario.objects.all(), Candidate.objects.all()):
        seen = visible(rows, request.user) if isinstance(request.user, User) else rows
        named.append(dict(seen.values_list("key", "name")))
    return Names(example, *named)


def _shown(request: HttpRequest, study: Study, names: Names | None) -> Shown | None:
    """What there is to show; None while there is no answer."""
    if study.answered_at is None or study.answer is None or names is None:
        return None
    view = {key: request.GET.get(key, "")[:200] for key in ("category",)}
    return READERS[Kind(study.kind)](names, study.question, study.answer, view)


LISTING = Listing(
    columns=(
        Column("study", gettext_lazy("Question"), lambda study: study, ("title", "kind")),
        Column("asked", gettext_lazy("With"), lambda study: _brief(study)),
        Column("as_of", gettext_lazy("As of"), lambda study: study.as_of, ("as_of",)),
        Column("state", gettext_lazy("State"), lambda study: _chip(study)),
        Column("by", gettext_lazy("Asked by"), lambda study: str(study.author) if study.author else _("the system"),
               ("author__username",)),
        Column("at", gettext_lazy("Asked at"), lambda study: study.asked_at, ("asked_at",)),
    ),
    filters=(choice_filter("kind", gettext_lazy("Kind"), Kind),),
    search=("title", "key", "kind"),
    order=("-pk",),
    prepare=lambda rows, user, on: _with_targets(rows.lists()),
)  # fmt: skip


@needs("structure.view", open_in_example=THE_EXAMPLE)
@require_safe
def studies(request: HttpRequest) -> HttpResponse:
    """Each kind of question with its newest answer, and all that were asked."""
    shown = ask(LISTING, _rows(request), request.GET, request.user)
    newest = {}
    names: dict[date, Names | None] = {}
    for kind in Kind:
        found = _rows(request).as_of(clock.today()).filter(kind=kind).answered().order_by("-pk").first()
        if found is None:
            continue
        if found.as_of not in names:
            names[found.as_of] = _names(request, found)
        if (read := _shown(request, found, names[found.as_of])) is not None:
            newest[kind] = (found, read)
    cards = [{"kind": kind, "sort": SORTS[kind], "newest": newest.get(kind)} for kind in Kind]
    context = {
        "cards": cards,
        "shown": shown,
        "may_ask": _may_ask(request),
        "many": _rows(request).answered().count() > 1,
    }
    return render(request, "studies/list.html", context, status=400 if shown.problems else 200)


def _may_ask(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and may_somewhere(request.user, ASK)


def _chip(study: Study) -> Chip:
    if study.answered_at is not None:
        return Chip(_("answered"), "is-done")
    if study.is_open:
        return Chip(_("being answered"), "is-running")
    return Chip(_("not answered"), "is-failed")


def _with_targets(rows: Any) -> Any:
    """With the name of the process that is asked about, for the list."""
    named = Node.objects.filter(key=OuterRef("target_key")).values("name")[:1]
    return rows.annotate(target_key=KT("question__target"), target_name=Subquery(named))


def _brief(study: Study) -> str:
    return " · ".join(f"{label[:1].lower()}{label[1:]} {value}" for label, value in _asked(study, None)[:2])


def _asked(study: Study, names: Names | None) -> list[tuple[str, str]]:
    """The values of a question in words."""
    found = []
    for one in SORTS[Kind(study.kind)].parameters:
        value = study.question.get(one.name)
        if value in (None, "", False, []):
            continue
        label = str(one.label)
        if one.form in (*LISTS, "scenarios", "processes"):
            said = _listed(one, value, names)
        elif one.form == "yes":
            said = _("yes")
        elif one.form == "scenario":
            said = names.scenario(value) if names else value
        elif one.name in ("weeks", "term", "minutes", "budget"):
            said = number(value, 1)
        elif one.form == "hours":
            said, label = hours(value), label.partition(" (")[0]
        elif one.form == "process":
            said = names.name(value) if names else getattr(study, "target_name", None)
        elif one.form == "category":
            said = names.category(value) if names else value
        else:
            said = number(value)
        found.append((label[:1].upper() + label[1:], said or str(value)))
    return found


def _listed(one: Parameter, value: Any, names: Names | None) -> str:
    """How many parts a list has, and the names of scenarios."""
    if one.form == "processes":
        return listing([names.name(key) if names else key for key in value], 4)
    if one.form == "scenarios":
        return listing([names.scenario(key) if names else key for key in value], 4)
    return number(len(value))


@needs(ASK)
@require_http_methods(KINDS_OF_REQUEST)
def new(request: HttpRequest, kind: str) -> HttpResponse:
    """The form of a kind; `again` names a study whose values it starts from."""
    if kind not in Kind.values:
        raise Http404(_("There is no such question."))
    sort = SORTS[Kind(kind)]
    example = load(request.user)
    before = _rows(request).filter(key=request.GET.get("again", "")[:120], kind=kind).first()
    form = _form(request, sort, example, before)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = dict(form.cleaned_data)
            title, as_of = given.pop("title"), given.pop("as_of")
            given = {name: value.key if isinstance(value, Row) else value for name, value in given.items()}
            try:
                key = free_key(Study, title or f"{kind}-{clock.today().isoformat()}")
                study = ask_study(request.user, key=key, kind=kind, question=given, as_of=as_of, title=title)  # type: ignore[arg-type]
            except ValidationError as error:
                form.add_errors(error)
            else:
                return HttpResponseRedirect(reverse("study", args=[study.key]))
    context = {
        "form": form,
        "title": sort.asks,
        "says": sort.about,
        "button": _("Ask"),
        "back": reverse("studies"),
        "crumb": {"url": reverse("studies"), "label": _("Questions to the model")},
    }
    return render(request, "organization/form.html", context, status=status)


def _form(request: HttpRequest, sort: Sort, example: Example | None, before: Study | None) -> RowForm:
    fields: dict[str, forms.Field] = {}
    values: dict[str, Any] = {}
    asked = before.question if before is not None else {}
    for one in sort.parameters:
        fields[one.name], start = _field(request, one, example, asked.get(one.name, one.default))
        values[one.name] = start
    fields["as_of"] = DayField(
        label=_("As of"), required=False, help_text=_("The day whose organisation is asked; today’s if left out.")
    )
    fields["title"] = forms.CharField(
        label=_("Title"), required=False, max_length=200, help_text=_("So that it is found again.")
    )
    values |= {"as_of": None, "title": before.title if before is not None else ""}
    return RowForm(fields, values, request.POST if request.method == "POST" else None)


def _field(request: HttpRequest, one: Parameter, example: Example | None, start: Any) -> tuple[forms.Field, Any]:
    about: dict[str, Any] = {
        "label": str(one.label)[:1].upper() + str(one.label)[1:], "help_text": one.help, "required": one.wanted,
    }  # fmt: skip
    if one.form == "process":
        rows = visible(Node.objects.as_of(clock.today()).filter(kind="process"), request.user).order_by("name")  # type: ignore[arg-type]
        functions = example.functions if example is not None else []
        current = rows.filter(key=start or (functions[0] if functions else "")).first()
        return RowField(rows, current=current, **about), current
    if one.form == "category":
        categories = example.categories if example is not None else {}
        choices = [("", _("the first")), *((key, record.get("name") or key) for key, record in categories.items())]
        return forms.TypedChoiceField(choices=choices, empty_value=None, **about), start
    if one.form == "scenario":
        scenarios = visible(Scenario.objects.as_of(clock.today()), request.user).order_by("name")  # type: ignore[arg-type]
        current = scenarios.filter(key=start or "").first()
        return RowField(scenarios, current=current, **about), current
    if one.form == "scenarios":
        saved = visible(Scenario.objects.as_of(clock.today()), request.user).order_by("name")  # type: ignore[arg-type]
        about["required"] = False
        options = list(saved.values_list("key", "name"))
        return forms.MultipleChoiceField(choices=options, widget=forms.CheckboxSelectMultiple, **about), start
    if one.form == "processes":
        rows = visible(Node.objects.as_of(clock.today()).filter(kind="process"), request.user)  # type: ignore[arg-type]
        options = list(rows.order_by("-is_function", "name").values_list("key", "name"))
        return forms.MultipleChoiceField(choices=options, **{**about, "required": False}), start
    if one.form == "yes":
        return forms.BooleanField(**{**about, "required": False}), bool(start)
    if one.form in LISTS:
        return lines_field(one.form, **about), start or []
    if one.form == "whole":
        return forms.IntegerField(min_value=int(one.least), max_value=int(one.most), **about), start
    return NumberField(**about), float(start) if start is not None else None


@needs("structure.view", open_in_example=THE_EXAMPLE)
@require_safe
def study(request: HttpRequest, key: str) -> HttpResponse:
    """One question: how far it is, or its answer, as a page or by `format` as a file."""
    found = _one(request, key)
    names = _names(request, found)
    shown = _shown(request, found, names)
    if wanted := request.GET.get("format", ""):
        return _file(request, found, shown, wanted)
    others = _rows(request).filter(kind=found.kind).answered().exclude(pk=found.pk).order_by("-pk")
    own = isinstance(request.user, User) and may(request.user, ASK, found)
    job = found.job
    context = {
        "study": found,
        "sort": SORTS[Kind(found.kind)],
        "shown": shown,
        "asked": _asked(found, names),
        "tables": [arrange(table, request.GET) for table in shown.tables] if shown else [],
        "others": [(one.key, _other(one)) for one in others.lists()[:20]] if shown else [],
        "made_from": made_from(found),
        "chip": _chip(found),
        "own": own,
        "may_ask": _may_ask(request),
        "can_cancel": own and job is not None and found.is_open and may(request.user, "job.manage", job),  # type: ignore[arg-type]
        "files": [(label, f"?{urlencode({'format': ending})}") for label, ending in _FILES],
        "gone": found.answered_at is not None and shown is None,
    }
    return render(request, "studies/study.html", context)


def _other(one: Study) -> str:
    return _("%(title)s, as of %(day)s") % {"title": one, "day": date_format(one.as_of, "j F Y")}


_FILES = (("PDF", "pdf"), ("Word", "docx"), (gettext_lazy("Workbook"), "xlsx"), ("CSV", "csv"), ("JSON", "json"))
_WRITERS: dict[str, tuple[str, Callable[[HttpRequest, Study, Shown], Any]]] = {
    "pdf": ("application/pdf", lambda request, one, shown: write_pdf(_paper(request, one, shown), TEMPLATE, FONTS)),
    "docx": (WORD, lambda request, one, shown: write_word(_paper(request, one, shown), FONTS)),
    "xlsx": (XLSX, lambda request, one, shown: workbook_of(one, shown, _address(request, one))),
    "csv": ("text/csv; charset=utf-8", lambda request, one, shown: as_csv(shown.tables[0])),
    "json": ("application/json", lambda request, one, shown: as_json(one, shown)),
}


def _file(request: HttpRequest, found: Study, shown: Shown | None, wanted: str) -> HttpResponse:
    if wanted not in _WRITERS:
        raise Http404(_("There is no such file."))
    if shown is None:
        return HttpResponse(_("There is no answer yet."), status=409, content_type="text/plain; charset=utf-8")
    kind, write = _WRITERS[wanted]
    response = HttpResponse(write(request, found, shown), content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{found.key}.{wanted}"'
    return response


def _address(request: HttpRequest, found: Study) -> str:
    return request.build_absolute_uri(reverse("study", args=[found.key]))


def _paper(request: HttpRequest, found: Study, shown: Shown) -> Any:
    return document_of(found, shown, _asked(found, _names(request, found)), _address(request, found))


@needs("structure.view", open_in_example=THE_EXAMPLE)
@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Two answers of one kind side by side: what differs."""
    sides = []
    for name in ("one", "other"):
        key = request.GET.get(name, "")[:120]
        found = _rows(request).filter(key=key).answered().first() if key else None
        sides.append((found, _shown(request, found, _names(request, found)) if found is not None else None))
    (one, first), (other, second) = sides
    problem = ""
    tables = []
    if one and other and first and second:
        if one.kind != other.kind:
            problem = _("These are questions of two kinds: there is nothing to compare.")
        else:
            tables = [arrange(table, request.GET) for table in compared(first.tables, second.tables)]
    elif request.GET.get("one") or request.GET.get("other"):
        problem = _("Choose two questions that have their answers.")
    choices = [(each.key, _other(each)) for each in _rows(request).answered().order_by("kind", "-pk").lists()[:200]]
    context = {
        "one": one, "other": other, "first": first, "second": second, "tables": tables, "problem": problem,
        "choices": choices,
        "seeds": bool(one and other and not problem and one.question.get("seed") != other.question.get("seed")),
    }  # fmt: skip
    return render(request, "studies/compare.html", context, status=400 if problem else 200)


def _step(
    title: Any, button: Any, says: Any, field: Callable[[Study], tuple[dict[str, forms.Field], dict[str, Any]]],
    act: Callable[[Any, Study, int, dict[str, Any]], Any],
) -> Callable[..., HttpResponse]:  # fmt: skip
    """A change to a study, on a page of its own."""

    @needs(ASK, on=Study)
    @require_http_methods(KINDS_OF_REQUEST)
    def do(request: HttpRequest, key: str) -> HttpResponse:
        found = _one(request, key)
        require(request.user, ASK, found)  # type: ignore[arg-type]
        back = reverse("study", args=[key])
        fields, values = field(found)
        form = RowForm(fields, values, request.POST if request.method == "POST" else None, found.version)
        status = 200
        if request.method == "POST":
            status = 422
            if form.is_valid():
                try:
                    act(request.user, found, form.seen_version or 0, form.cleaned_data)
                except ValidationError as error:
                    form.add_errors(error)
                except Conflict as conflict:
                    status = 409
                    form.add_error(None, conflict.message)
                else:
                    messages.success(request, _("Saved."))
                    return HttpResponseRedirect(back)
        context = {
            "form": form, "title": title, "button": button, "says": says, "part": str(found), "back": back,
            "crumb": {"url": reverse("studies"), "label": _("Questions to the model")},
        }  # fmt: skip
        return render(request, "organization/form.html", context, status=status)

    return do


rename = _step(
    gettext_lazy("Rename this question"), gettext_lazy("Save"), "",
    lambda found: (
        {"title": forms.CharField(label=_("Title"), required=False, max_length=200)}, {"title": found.title},
    ),
    lambda by, found, version, given: rename_study(by, found, version=version, title=given["title"]),
)  # fmt: skip
retire = _step(
    gettext_lazy("Put this question aside"), gettext_lazy("Put aside"),
    gettext_lazy("It is listed no more from this day; its address goes on to tell what was found."),
    lambda found: ({"on": DayField(label=_("From"))}, {"on": clock.today()}),
    lambda by, found, version, given: retire_study(by, found, version=version, on=given["on"]),
)  # fmt: skip
