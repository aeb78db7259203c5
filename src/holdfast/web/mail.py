"""Where e-mail goes, from HOLDFAST_EMAIL_HOST, _PORT, _USER, _PASSWORD, _SECURITY and _FROM."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

SECURITY = ("starttls", "tls", "none")
PORTS = {"starttls": 587, "tls": 465, "none": 25}


def mail(environment: Mapping[str, str], folder: Path) -> dict[str, Any]:
    """Django's settings of e-mail; without a host each message is a file in `folder`, so that nothing leaves the
    machine. Raises ImproperlyConfigured, and names no password."""
    host = environment.get("HOLDFAST_EMAIL_HOST", "")
    sender = environment.get("HOLDFAST_EMAIL_FROM") or f"holdfast@{host or 'localhost'}"
    if not host:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": folder,
            "DEFAULT_FROM_EMAIL": sender,
        }
    security = environment.get("HOLDFAST_EMAIL_SECURITY") or "starttls"
    if security not in SECURITY:
        raise ImproperlyConfigured(f"HOLDFAST_EMAIL_SECURITY: wanted {', '.join(SECURITY)}, got “{security}”")
    port = environment.get("HOLDFAST_EMAIL_PORT") or str(PORTS[security])
    if not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        raise ImproperlyConfigured(f"HOLDFAST_EMAIL_PORT: wanted a number from 1 to 65535, got “{port}”")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": host,
        "EMAIL_PORT": int(port),
        "EMAIL_HOST_USER": environment.get("HOLDFAST_EMAIL_USER", ""),
        "EMAIL_HOST_PASSWORD": environment.get("HOLDFAST_EMAIL_PASSWORD", ""),
        "EMAIL_USE_TLS": security == "starttls",
        "EMAIL_USE_SSL": security == "tls",
        "EMAIL_TIMEOUT": 20,
        "DEFAULT_FROM_EMAIL": sender,
    }


def public_address(environment: Mapping[str, str]) -> str:
    """What links in messages begin with: HOLDFAST_URL, or this machine's own address. Raises ImproperlyConfigured."""
    given = environment.get("HOLDFAST_URL", "").rstrip("/")
    if given and not given.startswith(("https://", "http://")):
        raise ImproperlyConfigured(f"HOLDFAST_URL: wanted https://… or http://…, got “{given}”")
    return given or f"http://127.0.0.1:{environment.get('HOLDFAST_PORT') or '8000'}"
