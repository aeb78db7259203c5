"""A file attached to a figure as its evidence, and read again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe
from msgspec.structs import replace

from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.accounts.scope import require
from holdfast.organization.attachments.actions import ATTACH, bring_in
from holdfast.organization.attachments.models import Attachment
from holdfast.organization.attachments.store import Damaged, read
from holdfast.organization.evidence.fact import MOST_FILES, Fact
from holdfast.organization.evidence.fields import FactField
from holdfast.web.pages.organization.fields import DayField
from holdfast.web.pages.organization.links import address
from holdfast.web.pages.organization.nouns import Noun
from holdfast.web.pages.rooms import NOUNS
from holdfast.web.permissions import needs, visible_or_404

OPENED = frozenset({"application/pdf", "image/png", "image/jpeg", "text/plain"})
"""What a browser may show by itself; everything else is only handed over."""


class AttachForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("File"))
    valid_until = DayField(
        label=gettext_lazy("Valid until"),
        required=False,
        help_text=gettext_lazy("From this day on the figure is to be looked at again; empty: as before."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


@needs(ATTACH)
@require_http_methods(["GET", "HEAD", "POST"])
def attach_file(request: HttpRequest, slug: str, key: str, figure: str) -> HttpResponse:
    """The form, and what it does: the file goes into the store, its key into the figure."""
    noun, row, fact, label = _figure(request, slug, key, figure)
    user: Any = request.user
    form = AttachForm(request.POST or None, request.FILES or None, initial={"version": row.version})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _attach(user, noun, row, figure, fact, label, form.cleaned_data)
            except ValidationError as error:
                form.add_error(None, " ".join(error.messages))
            except Conflict as conflict:
                status = 409
                form.add_error(None, conflict.message)
            else:
                messages.success(request, _("The file is attached."))
                return HttpResponseRedirect(f"{address(row)}#{figure}")
    context = {"form": form, "row": row, "noun": noun, "label": label, "fact": fact, "back": f"{address(row)}#{figure}"}
    return render(request, "evidence/attach.html", context, status=status)


def _figure(request: HttpRequest, slug: str, key: str, figure: str) -> tuple[Noun, Any, Fact, str]:
    """The noun, the row and the figure that the address names. Raises Http404, NotAllowed."""
    noun = next((noun for noun in NOUNS if noun.slug == slug), None)
    if noun is None or noun.making is None or figure not in noun.making.columns:
        raise Http404(_("There is nothing here by this name."))
    row = visible_or_404(noun.rows(), request, key=key)
    require(request.user, noun.edit, row)
    column = noun.model._meta.get_field(figure)
    fact = getattr(row, figure)
    if not isinstance(column, FactField) or not isinstance(fact, Fact):
        raise Http404(_("There is no such figure."))
    label = str(column.verbose_name)
    return noun, row, fact, label[:1].upper() + label[1:]


def _attach(user: Any, noun: Noun, row: Any, figure: str, fact: Fact, label: str, given: dict[str, Any]) -> None:
    if len(fact.files) >= MOST_FILES:
        raise ValidationError(_("A figure may have at most %(most)d files.") % {"most": MOST_FILES})
    file = given["file"]
    attachment = bring_in(
        user,
        name=file.name,
        pieces=file.chunks(),
        about=f"{row}: {label}",
        unit=getattr(row, "unit", None),
        site=getattr(row, "site", None),
    )
    changed = replace(fact, files=(*fact.files, attachment.key), valid_until=given["valid_until"] or fact.valid_until)
    assert noun.making is not None and noun.making.edit is not None
    noun.making.edit(user, row, version=given["version"] or row.version, **{figure: changed})


@needs("structure.view", on=Attachment)
@require_safe
def read_file(request: HttpRequest, key: str) -> HttpResponse:
    """The bytes, compared with their SHA-256 before they are handed over."""
    attachment = visible_or_404(Attachment.objects.all(), request, key=key)
    try:
        data = read(attachment.sha256)
    except Damaged as error:
        raise Http404(_("The file is not in the store as it was put there.")) from error
    shown = attachment.media_type in OPENED
    response = HttpResponse(data, content_type=attachment.media_type if shown else "application/octet-stream")
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in attachment.name)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
