"""What the other rooms ask: the scales in force on a day, and those of a version that something was done by."""

from __future__ import annotations

from datetime import date

from holdfast.governance.settings.default import default_scales
from holdfast.governance.settings.models import ScaleVersion
from holdfast.governance.settings.scales import Scales


def in_force(on: date) -> Scales:
    """The scales of this day: those of the approved version, else the set that Holdfast begins with (`version` 0)."""
    version = ScaleVersion.objects.in_force(on)
    return version.scales if version is not None else default_scales()


def numbered(version: int) -> Scales:
    """The scales of the version of this number, 0 for the set that Holdfast begins with. Raises
    ScaleVersion.DoesNotExist."""
    return ScaleVersion.objects.get(number=version).scales if version else default_scales()
