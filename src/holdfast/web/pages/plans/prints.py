"""The plans of a unit printed together: one PDF with contents, or a file of single ones made in the background."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.organization import clock
from holdfast.organization.accounts.scope import visible
from holdfast.organization.jobs.models import Job
from holdfast.organization.places.models import Unit
from holdfast.readiness.plans.documents.printing import ask_for_prints
from holdfast.readiness.plans.documents.sets import MOST_IN_ONE, TooMany, unit_set
from holdfast.readiness.plans.documents.setting import pdf_of
from holdfast.readiness.plans.models.prints import PlanPrint
from holdfast.readiness.plans.rights import VIEW
from holdfast.readiness.plans.template import LANGUAGES
from holdfast.web.pages.organization.fields import RowField, rows_of
from holdfast.web.pages.organization.forms import RowForm
from holdfast.web.permissions import needs, visible_or_404

from .papers import PDF, as_file

MOST_SHOWN = 20


@needs(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def prints(request: HttpRequest) -> HttpResponse:
    """What was printed together, and the form that asks for more."""
    user: Any = request.user
    fields: dict[str, forms.Field] = {
        "unit": RowField(rows_of(Unit, user), label=_("Unit"), help_text=_("With all units below it.")),
        "language": forms.ChoiceField(choices=LANGUAGES, label=_("Language")),
    }
    start = {"unit": request.GET.get("unit", ""), "language": request.GET.get("language", "en")}
    form = RowForm(fields, start, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            unit, language = form.cleaned_data["unit"], form.cleaned_data["language"]
            try:
                if "together" in request.POST:
                    on = clock.today()
                    data = pdf_of(unit_set(user, unit, language, on))
                    return as_file(data, PDF, f"plans-{unit.key}-{language}-{on.isoformat()}.pdf")
                ask_for_prints(user, unit=unit, language=language)
            except ValidationError as error:
                form.add_errors(error)
            except TooMany:
                said = _("These are more than %(most)d plans, too many for one document: print them as single files.")
                form.add_errors(ValidationError(said % {"most": MOST_IN_ONE}))
            else:
                messages.success(request, _("A worker prints them; the file stands below when it is done."))
                return HttpResponseRedirect(reverse("prints"))
    made = list(visible(PlanPrint.objects.select_related("unit", "user"), user).order_by("-made_at")[:MOST_SHOWN])
    jobs = visible(Job.objects.filter(name="plans.print").exclude(state="done"), user).order_by("-pk")[:MOST_SHOWN]
    context = {
        "form": form,
        "prints": [(one, one.path.exists()) for one in made],
        "jobs": list(jobs),
    }
    return render(request, "plans/prints.html", context, status=status)


@needs(VIEW, on=PlanPrint)
@require_safe
def download(request: HttpRequest, printed: str) -> HttpResponse | FileResponse:
    """The file of a printed set, for as long as it is kept."""
    row: PlanPrint = visible_or_404(PlanPrint.objects.all(), request, key=printed)
    if not row.path.exists():
        raise Http404(_("The file is not kept any more: print it again."))
    name = f"plans-{row.unit.key}-{row.language}-{row.on.isoformat()}.zip"
    return FileResponse(row.path.open("rb"), as_attachment=True, filename=name, content_type="application/zip")
