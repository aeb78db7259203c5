"""What readers do with their notices: read them, put them away, choose how often they are told by e-mail."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.governance.notices.models import OWN, DigestChoice, Notice, NoticeMark
from holdfast.organization import clock
from holdfast.organization.accounts.acts import act
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import NotAllowed
from holdfast.organization.structure.saving import change, create, save_all


@act("notice.read", OWN, label=_("mark a notice as read"), on="notice")
def read_notice(by: User, notice: Notice, *, version: int | None = None) -> Notice:
    """Nothing more than a mark: what it asks for still waits."""
    _marked(by, notice)
    return notice


@act("notice.put_away", OWN, label=_("put a notice away"), on="notice")
def put_away_notice(by: User, notice: Notice, *, version: int | None = None) -> Notice:
    """The reader has seen it and is done with it. Raises ValidationError for one that asks for something: that is
    settled where it is done."""
    if not notice.informs:
        raise ValidationError(gettext("“%(notice)s” goes away when it is done: open it.") % {"notice": notice})
    mark = _marked(by, notice)
    if mark.put_away_at is None:
        mark.put_away_at = clock.now()
        save_all([mark], by, fields=["put_away_at"])
    return notice


@act("notice.choose_digest", OWN, label=_("choose one's e-mail digest"))
def choose_digest(by: User, *, digest: str) -> DigestChoice:
    """`digest`: daily, weekly or never. Raises ValidationError."""
    found = DigestChoice.objects.select_for_update().filter(user=_reader(by)).first()
    if found is None:
        return create(DigestChoice(user=by, digest=digest), by)
    return change(found, {"digest": digest}, {"digest"}, by)


def _marked(by: User, notice: Notice) -> NoticeMark:
    """The reader's mark: they have read it now, if not before."""
    found = NoticeMark.objects.filter(notice=notice, user=_reader(by)).first()
    if found is None:
        found = NoticeMark(notice=notice, user=by, read_at=clock.now())
        save_all([found], by)
    return found


def _reader(by: User) -> User:
    if not isinstance(by, User):
        raise NotAllowed(gettext("Only a person reads notices."))
    return by
