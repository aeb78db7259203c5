"""Raising and settling notices, for the acts and jobs of every higher room.

    kind = declare_kind("agreement.decide", _("Decide"))           # once, in the room's module

    raise_notice(by, kind, source=f"agreement:{key}", title=str(thing), address="/agreements/KEY/",
                 permission="policy.approve", unit=unit, due=day)  # all who may, there
    raise_notice(by, kind, source=…, title=…, address=…, user=approver)   # or one person
    settle_notice(by, f"agreement:{key}")                          # it is decided: nobody has to any more
    keep_notices(by, source=…, wanted=[Wanted(kind, user=…), …], …)  # these, and no others of this source

Call them inside an act, so that the notice stands or falls with what was done; they are no acts themselves and write
no event. Raising what is open already brings it up to date and raises no second one, so that a job may raise the same
every night. A source raises a kind once for a person, and once for a right.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from holdfast.governance.notices.kinds import Kind
from holdfast.governance.notices.models import Notice, NoticeState
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.accounts.models import User
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.structure.saving import save_all


def raise_notice(
    by: Actor,
    kind: Kind,
    *,
    source: str,
    title: str,
    address: str,
    user: User | None = None,
    permission: str = "",
    unit: Unit | None = None,
    site: Site | None = None,
    due: date | None = None,
    shown_from: date | None = None,
    words: str = "",
) -> Notice:
    """The open notice of this kind, source and reader, made or brought up to date.

    `source` is the kind and key of the thing that raises it ("action:KEY"), `address` the path of the page where it is
    done, `title` what the thing is called, `words` more about it as people wrote it. The reader is `user`, or whoever
    has `permission` on `unit` or `site` (neither: in the whole organisation). Until `shown_from` it stands in the list
    of what is due only. Raises ValidationError.
    """
    said = {
        "title": title[:300],
        "address": address,
        "unit": unit,
        "site": site,
        "due": due,
        "shown_from": shown_from,
        "words": words,
    }
    rows = Notice.objects.open().filter(source=source, kind=kind.name)
    found = rows.filter(user=user).first() if user is not None else rows.filter(permission=permission).first()
    if found is None:
        found = Notice(kind=kind.name, source=source, user=user, permission=permission, raised_at=clock.now(), **said)
        save_all([found], by)
        return found
    changed = [name for name, value in said.items() if getattr(found, name) != value]
    for name in changed:
        setattr(found, name, said[name])
    if changed:
        save_all([found], by, fields=changed)
    return found


def settle_notice(by: Actor, source: str, *, kind: Kind | None = None, user: User | None = None) -> int:
    """Settles the open notices of a source: all of them, or those of a kind, or a person's. Gives how many."""
    rows = Notice.objects.open().of_source(source)
    if kind is not None:
        rows = rows.filter(kind=kind.name)
    if user is not None:
        rows = rows.filter(user=user)
    return _settle(by, list(rows))


@dataclass(frozen=True)
class Wanted:
    """A notice that should stand open: of what kind, for a person or for a right, and more about it in words."""

    kind: Kind
    user: User | None = None
    permission: str = ""
    words: str = ""


def keep_notices(
    by: Actor,
    *,
    source: str,
    wanted: Iterable[Wanted],
    title: str,
    address: str,
    unit: Unit | None = None,
    site: Site | None = None,
    due: date | None = None,
) -> None:
    """Raises what is wanted of a source and settles all else of it: for things whose state says who has to act, asked
    anew whenever the state changes and every night."""
    kept = set()
    for one in wanted:
        notice = raise_notice(
            by,
            one.kind,
            source=source,
            title=title,
            address=address,
            user=one.user,
            permission=one.permission,
            unit=unit,
            site=site,
            due=due,
            words=one.words,
        )
        kept.add(notice.pk)
    _settle(by, list(Notice.objects.open().of_source(source).exclude(pk__in=kept)))


def _settle(by: Actor, notices: list[Notice]) -> int:
    for notice in notices:
        notice.state, notice.settled_at = NoticeState.SETTLED, clock.now()
    save_all(notices, by, fields=["state", "settled_at"])
    return len(notices)
