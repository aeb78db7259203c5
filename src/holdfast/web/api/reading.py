"""What the API reads: JSON as RFC 8259 has it, without what a database cannot keep."""

from __future__ import annotations

import json
import re
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.parser import Parser

from holdfast.organization.rows import Row
from holdfast.web.api.errors import BadRequest, Invalid

_VERSION = re.compile(r'(?:W/)?"([1-9][0-9]{0,8})"|([1-9][0-9]{0,8})', re.ASCII)
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class StrictParser(Parser):
    """JSON without NaN, without characters that are none, and of a depth that can be walked."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            found = json.loads(request.body, parse_constant=_no_constant)
            check_text(found)
        except RecursionError:
            raise BadRequest(_("The JSON is nested too deeply.")) from None
        except (ValueError, UnicodeDecodeError) as error:
            raise BadRequest(_("The body is no JSON: %(why)s") % {"why": str(error)[:200]}) from None
        return found


def check_text(value: Any) -> None:
    """Raises BadRequest for a text, at any depth, that holds U+0000 or half of a character."""
    if isinstance(value, str):
        if "\x00" in value or _SURROGATE.search(value):
            raise BadRequest(_("A text holds a character that is none (U+0000, or half of a pair)."))
    elif isinstance(value, dict):
        for name, part in value.items():
            check_text(name)
            check_text(part)
    elif isinstance(value, list):
        for part in value:
            check_text(part)


def check_address(request: HttpRequest, known: set[str] | None = None) -> None:
    """Raises BadRequest for an address that no row can have, Invalid for a parameter that the route does not know."""
    check_text(request.path)
    for name, values in request.GET.lists():
        check_text([name, *values])
    if known is not None and (unknown := sorted(set(request.GET) - known)):
        wanted = ", ".join(sorted(known)) or _("none")
        raise Invalid(
            *(
                (name[:80], _("There is no such parameter; there are: %(known)s.") % {"known": wanted})
                for name in unknown
            )
        )


def version_seen(request: HttpRequest, given: int | None) -> int:
    """The version that the caller saw: If-Match: "3", or `version` in the body. Raises Invalid where there is none,
    or where the two differ."""
    header = request.headers.get("If-Match", "").strip()
    if not header:
        if given is None:
            raise Invalid(("version", _("Say which version you saw: If-Match, or version in the body.")))
        return given
    found = _VERSION.fullmatch(header)
    if found is None:
        raise Invalid(("If-Match", _('Wanted one version, such as "3".')))
    version = int(found[1] or found[2])
    if given is not None and given != version:
        raise Invalid(("version", _("If-Match and version differ.")))
    return version


def tag_of(row: Row) -> str:
    """The ETag of a row: its version."""
    return f'"{row.version}"'


def _no_constant(name: str) -> Any:
    raise ValueError(_("%(name)s is no JSON number") % {"name": name})
