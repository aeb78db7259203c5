"""What results are asked for, as the address has it: `?unit=KEY&site=KEY&function=KEY&campaign=KEY&drafts=yes&as_of=…`.
A value that cannot be is said, and the rest still counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from holdfast.analysis.impact.models import Campaign
from holdfast.analysis.impact.results import ALL, Asked, Results, results
from holdfast.analysis.strategy.models import Fallback
from holdfast.organization import clock
from holdfast.organization.accounts.scope import visible
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.structure.models import CriticalFunction
from holdfast.web.pages.organization.listing import SITE_AND_IN_IT, UNIT_AND_BELOW, Choice, tree_options
from holdfast.web.pages.whatif.wording import hours

FILTERS = ("unit", "site", "function", "campaign", "drafts", "as_of")


@dataclass
class Sieve:
    """The filters as the form shows them."""

    asked: Asked
    choices: list[Choice]
    problems: list[str]
    query: QueryDict

    @property
    def narrowed(self) -> bool:
        return any(self.query.get(name) for name in FILTERS)

    @property
    def kept(self) -> str:
        """The filters, for the addresses of the other pages of results."""
        return self.address(only=FILTERS)

    def address(self, only: Iterable[str] | None = None, **changed: str | None) -> str:
        """This address with some of its parameters changed; with `only`: with these alone."""
        query = self.query.copy()
        for key in list(query):
            if (only is not None and key not in only) or not query[key]:
                del query[key]
        for key, value in changed.items():
            if value is None:
                query.pop(key, None)
            else:
                query[key] = value
        return f"?{query.urlencode()}" if query else ""

    @property
    def words(self) -> str:
        """What it is of, for the head of a document."""
        asked = self.asked
        parts = [str(one) for one in (asked.unit, asked.site, asked.function, asked.campaign) if one is not None]
        if asked.drafts:
            parts.append(_("with drafts that nobody has approved yet"))
        return " · ".join(parts)


def read(request: HttpRequest) -> Sieve:
    """The filters of an address: a query for each that is given, and one for each list to choose from."""
    user, query = request.user, request.GET
    problems: list[str] = []
    on = clock.today()
    if given := query.get("as_of", "").strip():
        try:
            on = date.fromisoformat(given)
        except ValueError:
            problems.append(_("“%(given)s” is no date: write it as 2008-10-01.") % {"given": given[:40]})
    found: dict[str, Any] = {}
    names = {"unit": _("unit"), "site": _("site"), "function": _("critical function"), "campaign": _("campaign")}
    tables: dict[str, Any] = {"unit": Unit, "site": Site, "function": CriticalFunction, "campaign": Campaign}
    for name, table in tables.items():
        if key := query.get(name, "").strip().replace("\0", "")[:120]:
            found[name] = visible(table.objects.filter(key=key), user).first()  # type: ignore[arg-type]
            if found[name] is None:
                said = _("There is no %(filter)s “%(value)s”: that filter was left out.")
                problems.append(said % {"filter": names[name], "value": key[:80]})
    drafts = query.get("drafts") == "yes"
    if drafts and found.get("campaign") is None:
        problems.append(_("Choose the campaign whose drafts are to be shown."))
    asked = Asked(on=on, drafts=drafts and found.get("campaign") is not None, **found)
    functions = visible(CriticalFunction.objects.as_of(on), user).order_by("position", "key")  # type: ignore[arg-type]
    campaigns = visible(Campaign.objects.all(), user).order_by("-as_of", "title")  # type: ignore[arg-type]

    def chosen(name: str) -> str:
        return getattr(found.get(name), "key", "")

    choices = [
        Choice("unit", UNIT_AND_BELOW, tree_options(Unit, user), chosen("unit")),
        Choice("site", SITE_AND_IN_IT, tree_options(Site, user), chosen("site")),
        Choice("function", _("Critical function"), list(functions.values_list("key", "name")), chosen("function")),
        Choice("campaign", _("Campaign"), list(campaigns.values_list("key", "title")), chosen("campaign")),
        Choice("drafts", _("Drafts of the campaign"), [("yes", _("shown, and marked"))], "yes" if drafts else ""),
    ]
    return Sieve(asked, choices, problems, query)


def found_for(
    request: HttpRequest, sieve: Sieve, permission: str | None = None, parts: Collection[str] = ALL
) -> Results:
    """The results that the reader may see, or, with a permission, take out; `parts` as `results` has them."""
    more: dict[str, Any] = {} if permission is None else {"permission": permission}
    if parts:
        ready = Fallback.objects.ready(sieve.asked.on).values_list("requirement", flat=True)
        more["ready_fallbacks"] = set(ready)
    return results(request.user, sieve.asked, hours=hours, parts=parts, **more)  # type: ignore[arg-type]
