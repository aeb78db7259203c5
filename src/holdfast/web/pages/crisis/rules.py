"""The rules of the day: those in force, version by version, and the form that changes a draft."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.crisis.rules import actions
from holdfast.crisis.rules.content import BODIES, LABELS, Known, Rules
from holdfast.crisis.rules.models import RULES_EDIT, RULES_VIEW, RulesVersion
from holdfast.crisis.rules.questions import in_force, quorum_of
from holdfast.governance.settings.versions import VersionState
from holdfast.organization import clock
from holdfast.organization.accounts.scope import may
from holdfast.organization.evidence.fact import BASIS_NAMES, Basis
from holdfast.organization.structure.models import Group, Seat
from holdfast.web.pages.governance.versions import about_version, approve_page, discard_page
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST, ask_form
from holdfast.web.pages.organization.fields import NumberField, RowField, rows_of
from holdfast.web.pages.organization.values import Chip
from holdfast.web.permissions import needs, visible_or_404

TONES = {VersionState.DRAFT: "is-proposed", VersionState.APPROVED: "is-in-use"}


def _lines(rules: Rules) -> list[dict[str, Any]]:
    """What each rule says, and how we know it."""
    groups = {group.key: group for group in Group.objects.filter(key__in=rules.groups())}
    today = clock.today()
    found: list[dict[str, Any]] = []
    for name, label in LABELS.items():
        if name == "quorum":
            said = ", ".join(
                _("%(body)s: %(n)d") % {"body": groups[key].acronym or groups[key] if key in groups else key, "n": n}
                for key, n in sorted(rules.quorum.items())
            )
            said = " · ".join(part for part in (said, _("else more than half of the seats")) if part)
        elif name == "continuity_after_hours":
            said = _("%(hours)g h") % {"hours": rules.continuity_after_hours}
        else:
            said = str(groups.get(getattr(rules, name), getattr(rules, name)))
        known = rules.how_known(name)
        found.append({"label": label, "said": said, "basis": BASIS_NAMES[known.basis.value], "source": known.source})
    for key in (rules.crisis_activated_by, rules.continuity_granted_by):
        if key in groups:
            seats = Seat.objects.as_of(today).filter(group=groups[key]).count()
            wanted = quorum_of(rules, groups[key], seats)
            said = _("%(n)d of %(seats)d seats") % {"n": wanted, "seats": seats}
            label = _("Quorum of %(body)s today") % {"body": groups[key].acronym or groups[key]}
            line: dict[str, Any] = {"label": label, "said": said, "basis": "", "source": ""}
            if line not in found:
                found.append(line)
    return found


def _chip(row: RulesVersion) -> Chip:
    if row.is_approved and row.valid_until is not None and row.valid_until <= clock.today():
        return Chip(_("superseded"), "is-closed")
    return Chip(row.get_state_display(), TONES[VersionState(row.state)])


@needs(RULES_VIEW)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The rules in force, and all versions."""
    rules = in_force(clock.today())
    versions = list(RulesVersion.objects.select_related("author", "approver", "body"))
    context = {
        "lines": _lines(rules),
        "current": next((one for one in versions if one.number == rules.number), None),
        "versions": [(one, _chip(one)) for one in versions],
        "may_edit": may(request.user, RULES_EDIT),
    }
    return render(request, "crisis/rules.html", context)


@needs(RULES_VIEW, on=RulesVersion)
@require_safe
def version(request: HttpRequest, key: str) -> HttpResponse:
    row: Any = visible_or_404(RulesVersion.objects.select_related("author", "approver", "body"), request, key=key)
    context = {
        "row": row,
        "chip": _chip(row),
        "lines": _lines(row.rules),
        "may_edit": may(request.user, RULES_EDIT) and not row.is_approved,
    }
    return render(request, "crisis/rules_version.html", context)


@needs(RULES_EDIT, whole=True)
@require_http_methods(KINDS_OF_REQUEST)
def draft(request: HttpRequest) -> HttpResponse:
    """A new draft, as the rules in force are."""
    if request.method == "POST":
        made = actions.draft_rules(request.user)  # type: ignore[arg-type]
        return HttpResponseRedirect(reverse("rules-version-edit", args=[made.key]))
    return render(request, "crisis/rules_draft.html", {"title": _("Draft new rules")})


def _lines_field(**more: Any) -> forms.CharField:
    return forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), **more)


@needs(RULES_EDIT, on=RulesVersion, whole=True)
@require_http_methods(KINDS_OF_REQUEST)
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """Changes a draft."""
    row: Any = visible_or_404(RulesVersion.objects.all(), request, key=key)
    user: Any = request.user
    if row.is_approved:
        return HttpResponseRedirect(reverse("rules-version", args=[key]))
    fields: dict[str, Any] = {
        "title": forms.CharField(label=_("Title"), max_length=300),
        "quorum": _lines_field(
            label=_("Quorum of each body"), required=False,
            help_text=_("One body on a line, by its key: “cog 8”. A body that is not named needs more than half."),
        ),
        **{name: RowField(rows_of(Group, user), label=LABELS[name]) for name in BODIES},
        "continuity_after_hours": NumberField(label=LABELS["continuity_after_hours"]),
        "known": _lines_field(
            label=_("How each is known"), required=False,
            help_text=_("One rule on a line: “%(example)s”. What is not named is assumed.")
            % {"example": "continuity_asked_by | stated | A/63/359, 30"},
        ),
        "note": forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3})),
    }  # fmt: skip
    rules = row.rules
    groups = {group.key: group for group in Group.objects.filter(key__in=rules.groups())}
    values = {
        "title": row.title,
        "note": row.note,
        "quorum": "\n".join(f"{body} {seats}" for body, seats in rules.quorum.items()),
        **{name: groups.get(getattr(rules, name)) for name in BODIES},
        "continuity_after_hours": rules.continuity_after_hours,
        "known": "\n".join(f"{name} | {one.basis.value} | {one.source}" for name, one in rules.known.items()),
    }

    def run(form: Any) -> Any:
        given = dict(form.cleaned_data)
        content = {
            "quorum": _quorum(given["quorum"].splitlines()),
            **{name: given[name].key for name in BODIES},
            "continuity_after_hours": float(given["continuity_after_hours"]),
            "known": _known(given["known"].splitlines()),
        }
        return actions.edit_rules(
            user, row, version=form.seen_version, title=given["title"], note=given["note"], content=content
        )

    about = {**_about(row), "title": _("Change “%(row)s”") % {"row": row}, "button": _("Save")}
    return ask_form(request, fields, values, row, run, about, reverse("rules-version", args=[key]))


def _quorum(lines: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in filter(str.strip, lines):
        body, _space, seats = line.strip().rpartition(" ")
        if not body.strip() or not seats.isdecimal() or len(seats) > 4:
            said = _("Wanted a body and its seats, as “cog 8”, got “%(line)s”.")
            raise ValidationError({"quorum": said % {"line": line[:80]}})
        found[body.strip(" :")] = int(seats)
    return found


def _known(lines: Iterable[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for line in filter(str.strip, lines):
        name, *more = [part.strip() for part in line.split("|")]
        if name not in LABELS or not more or more[0] not in {one.value for one in Basis}:
            said = _("Wanted a rule, its basis and its source, got “%(line)s”.")
            raise ValidationError({"known": said % {"line": line[:80]}})
        one = Known(basis=Basis(more[0]), source=more[1] if len(more) > 1 else "")
        found[name] = {"basis": one.basis.value, "source": one.source}
    return found


def _about(row: RulesVersion) -> dict[str, Any]:
    return about_version(row, "rules", gettext_lazy("Rules of the day"))


approve = approve_page(
    RulesVersion, RULES_EDIT, actions.approve_rules, listed="rules", label=gettext_lazy("Rules of the day"),
    title=gettext_lazy("Approve these rules"), page="rules-version",
)  # fmt: skip
discard = discard_page(
    RulesVersion, RULES_EDIT, actions.discard_rules, listed="rules", label=gettext_lazy("Rules of the day")
)


urlpatterns = [
    path("crisis-rules/", overview, name="rules"),
    path("crisis-rules/new/", draft, name="rules-draft"),
    path("rules-versions/<str:key>/", version, name="rules-version"),
    path("rules-versions/<str:key>/edit/", edit, name="rules-version-edit"),
    path("rules-versions/<str:key>/approve/", approve, name="rules-version-approve"),
    path("rules-versions/<str:key>/discard/", discard, name="rules-version-discard"),
]
