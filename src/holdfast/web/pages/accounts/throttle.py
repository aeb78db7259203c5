"""How often somebody may try to sign in: so and so many attempts per account and per network address in a quarter of
an hour, counted in the database, so that all processes count together.

An attempt is counted before the password is looked at, and given back when it was right; attempts at once cannot pass
the limit together.
"""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models, transaction

from holdfast.organization import clock

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 10
PER_ADDRESS = 50
"""Higher, since the people of a building may share one address."""


class SignInAttempts(models.Model):
    """The attempts on one account, or from one address, since `began_at`. Names are kept as digests: people type
    passwords into the wrong field."""

    subject = models.CharField(max_length=80, unique=True)
    began_at = models.DateTimeField(db_index=True)
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        app_label = "web"
        constraints: ClassVar[list[models.BaseConstraint]] = []

    def __str__(self) -> str:
        return f"{self.subject}: {self.attempts}"


def begin_attempt(name: str, address: str) -> datetime | None:
    """Counts an attempt. None: go on; else too many were made, and the time from which another may be."""
    now = clock.now()
    with transaction.atomic():
        rows = _locked(name, address, now)
        full = [row for row, most in rows if row.attempts >= most]
        if full:
            return max(row.began_at for row in full) + WINDOW
        for row, _most in rows:
            row.attempts += 1
            row.save()
    return None


def attempt_was_right(name: str, address: str) -> None:
    """Forgets the attempts on the account, and this one from the address; and all that are long past."""
    now = clock.now()
    with transaction.atomic():
        (account, _), (place, _) = _locked(name, address, now)
        account.attempts, place.attempts = 0, max(place.attempts - 1, 0)
        account.save()
        place.save()
        SignInAttempts.objects.filter(began_at__lt=now - 4 * WINDOW).delete()


def _locked(name: str, address: str, now: datetime) -> list[tuple[SignInAttempts, int]]:
    rows = []
    # Always in this order, so that two attempts cannot wait for each other.
    for subject, most in ((_account(name), PER_ACCOUNT), (_network(address), PER_ADDRESS)):
        row, _made = SignInAttempts.objects.select_for_update().get_or_create(
            subject=subject, defaults={"began_at": now}
        )
        if row.began_at + WINDOW <= now:
            row.began_at, row.attempts = now, 0
        rows.append((row, most))
    return rows


def _account(name: str) -> str:
    return "account:" + hashlib.sha256(name.strip().casefold().encode("utf-8", "replace")).hexdigest()


def _network(address: str) -> str:
    """The address; of IPv6 the network of 64 bits, which one household or office has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "address:unknown"
    if found.version == 6:
        return f"address:{ipaddress.ip_network((found, 64), strict=False).network_address}"
    return f"address:{found}"
