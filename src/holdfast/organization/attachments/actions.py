"""A file is brought in as evidence."""

from __future__ import annotations

import mimetypes
import secrets
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import declare
from holdfast.organization.attachments.models import Attachment
from holdfast.organization.attachments.store import Kept, TooLarge, keep
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.structure.saving import create

ATTACH = declare("evidence.attach", _("Bring in files as evidence"), "AMFPHC..").name
MOST_BYTES = 50_000_000


def bring_in(
    by: Actor,
    *,
    name: str,
    pieces: Iterable[bytes],
    about: str = "",
    unit: Unit | None = None,
    site: Site | None = None,
) -> Attachment:
    """Puts a file of any kind into the store and makes its row. Raises ValidationError for one that is too large, empty
    or without a name, NotAllowed.

    The content is in the store before the act, so that no transaction waits for it: what is refused leaves at most a
    content that no row names.
    """
    short = name.replace("\\", "/").rsplit("/", 1)[-1].replace("\0", "").strip()[:200]
    if not short:
        raise ValidationError({"file": gettext("The file has no name.")})
    try:
        kept = keep(pieces, MOST_BYTES)
    except TooLarge:
        said = gettext("The file is larger than %(most)s MB.") % {"most": MOST_BYTES // 1_000_000}
        raise ValidationError({"file": said}) from None
    if not kept.size:
        raise ValidationError({"file": gettext("The file is empty.")})
    media_type = (mimetypes.guess_type(short)[0] or "application/octet-stream")[:100]
    return attach(by, name=short, kept=kept, media_type=media_type, about=about, unit=unit, site=site)


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
