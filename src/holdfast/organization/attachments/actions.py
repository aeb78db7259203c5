"""A file is brought in as evidence."""

from __future__ import annotations

import secrets

from django.utils.translation import gettext_lazy as _

from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import declare
from holdfast.organization.attachments.models import Attachment
from holdfast.organization.attachments.store import Kept
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.structure.saving import create

ATTACH = declare("evidence.attach", _("Bring in files as evidence"), "AMFPHC..").name
MOST_BYTES = 50_000_000


@act("evidence.attach", ATTACH, label=_("bring in a file as evidence"))
def attach(
    by: Actor,
    *,
    name: str,
    kept: Kept,
    media_type: str,
    about: str = "",
    unit: Unit | None = None,
    site: Site | None = None,
) -> Attachment:
    """The row of a content that is in the store. Raises ValidationError, NotAllowed."""
    attachment = Attachment(
        key=f"file-{secrets.token_hex(8)}",
        name=name,
        about=about[:400],
        sha256=kept.sha256,
        size=kept.size,
        media_type=media_type,
        unit=unit,
        site=site,
        entered_by=by if isinstance(by, User) else None,
        entered_at=clock.now(),
    )
    return create(attachment, by)
