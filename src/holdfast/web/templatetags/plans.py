"""``{{ text|rich }}``: what people wrote in a plan, as HTML; ``{% gantt checked %}``: its tasks over time."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from holdfast.formats.rich import as_html
from holdfast.readiness.plans.checks import Checked
from holdfast.web.pages.plans.pictures import gantt_of

register = template.Library()


@register.filter
def rich(text: str) -> SafeString:
    return mark_safe(as_html(text))  # noqa: S308 - as_html takes no HTML and makes only what it knows


@register.simple_tag
def gantt(checked: Checked) -> SafeString | str:
    found = gantt_of(checked)
    if not found:
        return ""
    drawing = mark_safe(found)  # noqa: S308 - drawn here
    return format_html('<figure class="gantt" tabindex="0" aria-label="{}">{}</figure>', _("Tasks over time"), drawing)
