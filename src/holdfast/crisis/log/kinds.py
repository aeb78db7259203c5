"""What entries are about, in words. The kind of an entry is a name for programs, "meeting.arrived": what stands before
the point says what it is about."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ABOUT: dict[str, str | Promise] = {
    "incident": _("the incident"),
    "phase": _("phases"),
    "log": _("notes and corrections"),
    "meeting": _("meetings"),
    "decision": _("decisions"),
    "activation": _("activation of plans"),
    "outage": _("what is out"),
    "observation": _("what was seen"),
    "picture": _("the picture"),
    "task": _("tasks"),
    "plan": _("plans under way"),
    "places": _("seats and licences"),
    "report": _("situation reports"),
    "review": _("reviews"),
    "measurement": _("measured times"),
    "exercise": _("the exercise"),
    "inject": _("injects"),
}


def about(kind: str) -> str:
    """What an entry of this kind is about; the kind itself where nobody gave it words."""
    part = kind.split(".", 1)[0]
    return str(ABOUT.get(part, part))
