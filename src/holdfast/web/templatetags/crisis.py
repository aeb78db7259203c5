"""Tags of the pages of the day: parts that keep themselves up to date, times with their zones, live clocks."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from holdfast.crisis.incidents.models import Incident, IncidentState
from holdfast.crisis.log.kinds import about
from holdfast.crisis.rights import VIEW
from holdfast.organization import clock
from holdfast.organization.accounts.scope import may_somewhere, visible

register = template.Library()
# The token against forged forms is masked anew each time: what is the same but for it is the same.
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')
# A clock goes on by itself: that it shows another minute is no change.
_CLOCK = re.compile(r'(data-clock="[^"]*">)[^<]*')


class _Live(template.Node):
    def __init__(self, name: str, nodes: template.NodeList) -> None:
        self.name, self.nodes = name, nodes

    def render(self, context: template.Context) -> SafeString:
        text = self.nodes.render(context)
        digest = hashlib.sha256(_CLOCK.sub(r"\1", _TOKEN.sub("", text)).encode()).hexdigest()[:10]
        # Only what the template itself has rendered, escaped as it says.
        return mark_safe(f'<div class="live" id="live-{self.name}" data-live="{digest}">{text}</div><!--live-->')  # noqa: S308


@register.tag
def live(parser: template.base.Parser, token: template.base.Token) -> _Live:
    """``{% live "name" %}…{% endlive %}``: a part that is asked for again while one looks. They do not nest."""
    name = token.split_contents()[1].strip("\"'")
    nodes = parser.parse(("endlive",))
    parser.delete_first_token()
    return _Live(name, nodes)


@register.simple_tag(takes_context=True)
def moment(context: template.Context, at: datetime | None, day: bool = False) -> SafeString | str:
    """A time in the zone of the incident, which is named, and in UTC; with its date where that is not today's, or
    with `day`."""
    if at is None:
        return ""
    incident: Incident | None = context.get("incident")
    zone = incident.zone if incident is not None else ZoneInfo("UTC")
    today = (incident.moment() if incident is not None else clock.now()).astimezone(zone).date()
    return _time(at, zone, today if not day else None)


@register.simple_tag
def moment_in(at: datetime | None, zone: ZoneInfo) -> SafeString | str:
    """A time with its date in a zone that is named, and in UTC."""
    return "" if at is None else _time(at, zone, None)


def _time(at: datetime, zone: ZoneInfo, today: Any) -> SafeString:
    local, world = at.astimezone(zone), at.astimezone(UTC)
    text = f"{local:%H:%M}"
    if local.date() != today:
        text = f"{formats.date_format(local.date(), 'j M Y')} {text}"
    named = world.strftime("%H:%M UTC")
    if world.date() != local.date():
        named = f"{formats.date_format(world.date(), 'j M')} {named}"
    stamp = world.strftime("%Y-%m-%dT%H:%M:%SZ")
    if zone.key == "UTC":
        return format_html('<time datetime="{}"><bdi>{} UTC</bdi></time>', stamp, text)
    return format_html(
        '<time datetime="{}"><bdi>{} {}</bdi> <span class="utc"><bdi>{}</bdi></span></time>',
        stamp, text, zone_text(local, zone), named,
    )  # fmt: skip


def zone_text(local: datetime, zone: ZoneInfo) -> str:
    """The place that the zone is called after, with its letters where it has any, so that the hour that a clock shows
    twice in a year is told apart."""
    city = zone.key.rsplit("/", 1)[-1].replace("_", " ")
    letters = local.tzname() or ""
    return f"{city} ({letters})" if letters.isalpha() else city


@register.simple_tag(takes_context=True)
def countdown(context: template.Context, at: datetime | None) -> SafeString | str:
    """How long until a moment of the incident's clock, or since then; the page counts on by itself."""
    if at is None:
        return ""
    incident: Incident | None = context.get("incident")
    now = incident.moment() if incident is not None else clock.now()
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return format_html('<span class="clock" data-clock="{}">{}</span>', stamp, span_text(at - now))


def span_text(left: timedelta) -> str:
    """ "in 3 h 20 min", "2 d 4 h ago"."""
    seconds = round(abs(left.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds % 86400 // 3600, seconds % 3600 // 60
    if days:
        said = _("%(d)d d %(h)d h") % {"d": days, "h": hours}
    elif hours:
        said = _("%(h)d h %(m)d min") % {"h": hours, "m": minutes}
    elif minutes:
        said = _("%(m)d min") % {"m": minutes}
    else:
        said = _("%(s)d s") % {"s": seconds}
    return _("in %(span)s") % {"span": said} if left > timedelta(0) else _("%(span)s ago") % {"span": said}


@register.simple_tag(takes_context=True)
def under_way(context: template.Context) -> list[Incident]:
    """The open incidents that the reader may see, real ones first: what the bar over every page tells."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not may_somewhere(user, VIEW):
        return []
    rows = visible(Incident.objects.filter(state=IncidentState.OPEN), user)
    return list(
        rows.only("key", "title", "real", "phase", "declared_at", "state").order_by("-real", "-declared_at")[:5]
    )


@register.filter
def local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return None if at is None else timezone.localtime(at, zone)


@register.filter
def entry_about(kind: str) -> str:
    """What an entry of the log is about, in words."""
    return about(kind)
