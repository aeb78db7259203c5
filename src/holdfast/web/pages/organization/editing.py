"""Forms that change something: a new thing, a changed one, a step on its page.

What is wrong comes back with the form as it was filled in (422). Somebody who saved in between is shown with what they
changed (409): where only they changed a field it is taken over, where both did the two stand side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from holdfast.organization import clock
from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.accounts.scope import require
from holdfast.organization.rows import MOST_KEY, Row, check_key
from holdfast.organization.structure.saving import unused_key
from holdfast.web.permissions import needs, visible_or_404

from .fields import DayField
from .forms import RowForm, field_for, signed
from .links import address
from .nouns import MadeForm, Making, Noun, Step
from .values import shown

View = Callable[..., HttpResponse]
KINDS_OF_REQUEST = ["GET", "HEAD", "POST"]


def form_of(model: type[models.Model], names: tuple[str, ...], user: Any, row: Any = None, **start: Any) -> MadeForm:
    """The form of some columns, filled in from a row, or for a new one from what columns start with and `start`."""
    fields = {name: field_for(model, name, user, row) for name in names}
    values = {name: getattr(row, name) if row is not None else _start(model, name) for name in names}
    return fields, values | start


def no_form(*_given: Any) -> MadeForm:
    """The form of a step that asks nothing but whether it is meant."""
    return {}, {}


def until_form(label: Any) -> Callable[[Any, Any, Any], MadeForm]:
    """The form of a step that ends something: the first day without it."""

    def made(*_given: Any) -> MadeForm:
        return {"on": DayField(label=label)}, {"on": clock.today()}

    return made


def making_page(noun: Noun) -> View:
    making = _making(noun)
    create = making.create
    if create is None:
        raise ValueError(f"{noun.slug}: it is made elsewhere.")

    @needs(noun.edit)
    @require_http_methods(KINDS_OF_REQUEST)
    def make(request: HttpRequest) -> HttpResponse:
        names = tuple(name for name in (*making.fixed, *making.columns) if name not in making.absent)
        fields, values = form_of(noun.model, names, request.user)
        start = {name: said for name in names if (said := request.GET.get(name, "").strip())}
        key = forms.CharField(
            label=_("Key"),
            required=False,
            max_length=MOST_KEY,
            validators=[check_key],
            help_text=_("What files and programs call it, for ever. Left empty, it is made from the name."),
        )
        first = next(iter(fields))
        everything = {first: fields[first], "key": key} | dict(fields)
        form = RowForm(everything, {**values, **start}, request.POST if request.method == "POST" else None)
        status = 200
        if request.method == "POST":
            status = 422
            if form.is_valid():
                given: dict[str, Any] = dict(form.cleaned_data) | dict(making.given or {})
                given["key"] = given["key"] or free_key(noun.model, str(given.get("name") or given.get("title") or ""))
                try:
                    row = create(request.user, **signed(given, request.user))
                except ValidationError as error:
                    form.add_errors(error)
                else:
                    messages.success(request, _("“%(row)s” is made.") % {"row": row})
                    return HttpResponseRedirect(address(row))
        title = _("New: %(noun)s") % {"noun": noun.one}
        context = {
            "noun": noun,
            "form": form,
            "title": title,
            "button": _("Save"),
            "back": reverse(f"{noun.slug}"),
        }
        return render(request, "organization/form.html", context, status=status)

    return make


def changing_page(noun: Noun) -> View:
    making = _making(noun)
    edit = making.edit
    if edit is None:
        raise ValueError(f"{noun.slug}: it stays as it was made.")

    @needs(noun.edit, on=noun.model)
    @require_http_methods(KINDS_OF_REQUEST)
    def change(request: HttpRequest, key: str) -> HttpResponse:
        row = visible_or_404(noun.rows(), request, key=key)
        require(request.user, noun.edit, row)
        names = tuple(name for name in making.columns if name not in making.once)
        fields, values = form_of(noun.model, names, request.user, row)

        def run(form: RowForm) -> Any:
            changes = form.changed(row)
            if not changes and form.seen_version == row.version:
                return row
            return edit(request.user, row, version=form.seen_version, **signed(changes, request.user, row))

        about = {"noun": noun, "row": row, "title": _("Change “%(row)s”") % {"row": row}, "button": _("Save")}
        return ask_form(request, fields, values, row, run, about, address(row))

    return change


def step_page(noun: Noun, step: Step) -> View:
    on = step.on if step.on is not None else noun.model

    @needs(step.rights, on=on)
    @require_http_methods(KINDS_OF_REQUEST)
    def take(request: HttpRequest, key: str = "", part: int = 0) -> HttpResponse:
        if step.on is None:
            row: Any = visible_or_404(noun.rows(), request, key=key)
            piece = None
        else:
            piece = visible_or_404(step.on._default_manager.all(), request, pk=part)
            whole = _reached(piece, step.within)
            row = visible_or_404(type(whole)._default_manager.all(), request, pk=whole.pk)
        require(request.user, step.rights, row if piece is None else piece)
        fields, values = step.form(row, piece, request.user)
        held: Row = row if piece is None else piece

        def run(form: RowForm) -> Any:
            given = signed(form.cleaned_data, request.user, piece)
            return step.call(request.user, row, piece, form.seen_version or 0, given)

        about = {
            "noun": noun,
            "row": row,
            "part": piece,
            "title": step.title,
            "button": step.button,
            "says": step.says,
            "ends": step.ends,
        }
        back = address(row) + (f"#{step.back}" if step.back else "")
        return ask_form(request, fields, values, held, run, about, back)

    return take


def _reached(part: Any, within: str) -> Any:
    """The row at the end of a lookup."""
    for name in within.split("__"):
        part = getattr(part, name)
    return part


def ask_form(
    request: HttpRequest,
    fields: Any,
    values: Any,
    held: Row | None,
    run: Callable[[RowForm], Any],
    about: dict[str, Any],
    back: str,
    *,
    template: str = "organization/form.html",
    tries: Callable[[RowForm], dict[str, Any]] | None = None,
) -> HttpResponse:
    """Shows the form, runs the act, and says what it refused. `held` is the row that is changed, None for a new one.

    `tries` tells what the form would come to, for the template; a form that is sent with `try` is only shown again.
    """
    start = {name: given for name in fields if (given := request.GET.get(name, "").strip())}
    wished = _sent_back(request)
    back = wished or back
    seen = held.version if held is not None else None
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = RowForm(fields, {**values, **start}, sent[0], seen, files=sent[1])
    context: dict[str, Any] = {**about, "form": form, "back": back}
    if tries is not None:
        context |= tries(form)
    if request.method != "POST" or "try" in request.POST:
        if "try" in request.POST:
            form.version = _sent_version(request, seen)
            form.errors.clear()
        return render(request, template, context)
    status = 422
    if form.is_valid():
        try:
            done = run(form)
        except ValidationError as error:
            form.add_errors(error)
        except Conflict as conflict:
            if conflict.now is None:
                raise Http404(conflict.message) from conflict
            status, context["conflict"] = 409, told(conflict)
            context["form"] = form.merged(conflict)
        else:
            messages.success(request, _("Saved."))
            if wished:
                return HttpResponseRedirect(wished)
            if isinstance(done, Row) and done.pk is None and type(done) is type(about.get("row")):
                return HttpResponseRedirect(reverse(about["noun"].slug))
            if isinstance(done, Row) and done.pk is not None and (held is None or type(done) is type(about.get("row"))):
                back = address(done) + back[len(back.split("#")[0]) :]
            return HttpResponseRedirect(back)
    if status == 422:
        form.version = _sent_version(request, seen)
    return render(request, template, context, status=status)


def _sent_back(request: HttpRequest) -> str:
    """The page that the address says to return to (`next`), where it is one of ours."""
    wish = request.GET.get("next", "")
    return wish if wish.startswith("/") and url_has_allowed_host_and_scheme(wish, allowed_hosts=None) else ""


def _sent_version(request: HttpRequest, otherwise: int | None) -> int | None:
    return int(said) if (said := request.POST.get("version", "")).isdecimal() else otherwise


def told(conflict: Conflict) -> dict[str, Any]:
    """A conflict as the page tells it: who, when, and each field as it was and as it is."""
    lines = []
    for difference in conflict.differences:
        column = conflict.row._meta.get_field(difference.field)
        seen, now = difference.seen, difference.now
        if column.is_relation:
            rows = column.related_model._default_manager.in_bulk([pk for pk in (seen, now) if pk is not None])  # type: ignore[union-attr]
            seen, now = rows.get(seen), rows.get(now)
        label = difference.label[:1].upper() + difference.label[1:]
        lines.append({"label": label, "seen": shown(seen) or "—", "now": shown(now) or "—"})
    return {"message": conflict.message, "by": conflict.by, "at": conflict.at, "lines": lines}


def free_key(model: type[models.Model], name: str) -> str:
    """A key from a name, or from the kind where the name has no Latin letters, that no row has or had."""
    table: Any = model._meta.concrete_model
    return unused_key(table, slugify(name)[:60].strip("-_") or str(table._meta.model_name))


def _start(model: type[models.Model], name: str) -> Any:
    column: Any = model._meta.get_field(name)
    return column.get_default() if column.has_default() else None


def _making(noun: Noun) -> Making:
    if noun.making is None:
        raise ValueError(f"{noun.slug}: nothing makes it.")
    return noun.making
