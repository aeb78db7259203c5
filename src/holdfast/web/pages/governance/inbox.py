"""The inbox: what waits for the reader, and, for who may see it, what waits for whom.

/inbox/        ?q=words &kind=… &due=late|week|later|none &read=no &unit=KEY &site=KEY &sort=-due &page=2
/inbox/all/    the same filters, and &state=settled; each line says for whom
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from holdfast.governance.notices.actions import choose_digest, put_away_notice, read_notice
from holdfast.governance.notices.kinds import KINDS
from holdfast.governance.notices.models import OWN, VIEW, Digest, DigestChoice, Notice, NoticeState
from holdfast.organization import clock
from holdfast.organization.accounts.roles import PERMISSIONS
from holdfast.organization.accounts.scope import visible
from holdfast.web.pages.organization.listing import (
    Column,
    Filter,
    Listing,
    ask,
    choice_filter,
    site_filter,
    unit_filter,
)
from holdfast.web.permissions import needs, visible_or_404

WEEK = timedelta(days=7)


def _kinds(rows: Any, user: Any) -> list[tuple[str, str]]:
    used = rows.order_by().values_list("kind", flat=True).distinct()
    return sorted(((name, str(KINDS[name].label)) for name in used if name in KINDS), key=lambda pair: pair[1])


def _of_kind(rows: Any, value: str, user: Any) -> Any:
    if value not in KINDS:
        raise LookupError(value)
    return rows.filter(kind=value)


def _dues(rows: Any, user: Any) -> list[tuple[str, str]]:
    return [
        ("late", _("late")),
        ("week", _("within 7 days")),
        ("later", _("later")),
        ("none", _("without a date")),
    ]


def _due(rows: Any, value: str, user: Any) -> Any:
    today = clock.today()
    conditions: dict[str, dict[str, Any]] = {
        "late": {"due__lt": today},
        "week": {"due__gte": today, "due__lte": today + WEEK},
        "later": {"due__gt": today + WEEK},
        "none": {"due__isnull": True},
    }
    return rows.filter(**conditions[value])


def _unread(rows: Any, value: str, user: Any) -> Any:
    return rows.filter(is_read={"no": False, "yes": True}[value])


KIND = Filter("kind", gettext_lazy("What is wanted"), _kinds, _of_kind)
DUE = Filter("due", gettext_lazy("Due"), _dues, _due)
READ = Filter("read", gettext_lazy("Read"), lambda rows, user: [("no", _("not yet")), ("yes", _("yes"))], _unread)
COLUMNS = (
    Column("due", gettext_lazy("Due"), lambda notice: notice.due, ("due",)),
    Column("kind", gettext_lazy("What is wanted"), lambda notice: notice.label, ("kind",)),
    Column("title", gettext_lazy("Of what"), lambda notice: notice.title, ("title",)),
    Column("unit", gettext_lazy("Unit"), lambda notice: notice.unit, ("unit__name",)),
    Column("site", gettext_lazy("Site"), lambda notice: notice.site, ("site__name",)),
    Column("raised", gettext_lazy("Since"), lambda notice: notice.raised_at, ("raised_at",)),
)
SOONEST = (F("due").asc(nulls_last=True), "-pk")
MINE = Listing(
    columns=COLUMNS,
    filters=(KIND, DUE, READ, unit_filter(), site_filter()),
    search=("title", "words"),
    order=SOONEST,
    prepare=lambda rows, user, on: rows.select_related("unit", "site"),
)
ALL = Listing(
    columns=(*COLUMNS, Column("whom", gettext_lazy("For"), lambda notice: whom(notice), ("user__username",))),
    filters=(choice_filter("state", gettext_lazy("State"), NoticeState), KIND, DUE, unit_filter(), site_filter()),
    search=("title", "words", "user__username", "user__name"),
    order=SOONEST,
    prepare=lambda rows, user, on: rows.select_related("unit", "site", "user"),
)


@needs(OWN)
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """What waits for the reader."""
    user: Any = request.user
    today = clock.today()
    rows = Notice.objects.inbox(user, today)
    shown = ask(MINE, rows, request.GET, user)
    waiting = rows.values_list("due", flat=True)
    late = sum(1 for due in waiting if due is not None and due < today)
    choice = DigestChoice.objects.filter(user=user).first()
    context = {
        "shown": shown,
        "lead": _lead(len(waiting), late),
        "today": today,
        "digest": choice.digest if choice is not None else Digest.DAILY,
        "digests": Digest.choices,
        "email": user.email,
        "sees_all": any(grant.role in PERMISSIONS[VIEW].roles for grant in user.granted),
    }
    return render(request, "governance/inbox.html", context, status=400 if shown.problems else 200)


def _lead(waiting: int, late: int) -> str:
    if not waiting:
        return _("Nothing waits for you.")
    text = ngettext("%(n)s thing waits for you", "%(n)s things wait for you", waiting) % {"n": waiting}
    if late:
        text += ", " + ngettext("%(n)s of them late", "%(n)s of them late", late) % {"n": late}
    return f"{text}."


@needs(VIEW)
@require_safe
def inbox_of_all(request: HttpRequest) -> HttpResponse:
    """What waits for whom, as far as the reader may see it."""
    query = request.GET.copy()
    query.setdefault("state", NoticeState.OPEN.value)
    shown = ask(ALL, visible(Notice.objects.all(), request.user, VIEW), query, request.user)
    context = {"shown": shown, "today": clock.today()}
    return render(request, "governance/inbox_of_all.html", context, status=400 if shown.problems else 200)


def whom(notice: Notice) -> str:
    """For whom a notice is, in words."""
    if notice.user is not None:
        return str(notice.user)
    held = PERMISSIONS.get(notice.permission)
    label = str(held.label) if held is not None else notice.permission
    return _("all who may: %(what)s") % {"what": label[:1].lower() + label[1:]}


def _marking(run: Callable[[Any, Notice], Any]) -> Callable[..., HttpResponse]:
    @needs(OWN, on=Notice)
    @require_POST
    def mark(request: HttpRequest, notice: int) -> HttpResponse:
        try:
            run(request.user, visible_or_404(Notice.objects.all(), request, pk=notice))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(_back(request))

    return mark


read = _marking(read_notice)
put_away = _marking(put_away_notice)


class DigestForm(forms.Form):
    digest = forms.ChoiceField(choices=Digest.choices)


@needs(OWN)
@require_POST
def digest(request: HttpRequest) -> HttpResponse:
    """How often the reader is told by e-mail."""
    form = DigestForm(request.POST)
    if form.is_valid():
        choose_digest(request.user, digest=form.cleaned_data["digest"])  # type: ignore[arg-type]
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("Choose every day, every Monday or never."))
    return HttpResponseRedirect(_back(request))


def _back(request: HttpRequest) -> str:
    """The list as it was filtered, when the form says so."""
    given = request.POST.get("next", "")
    if given.startswith(reverse("inbox")) and url_has_allowed_host_and_scheme(given, None):
        return given
    return reverse("inbox")
