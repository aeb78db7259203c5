"""Where e-mail goes is said by the environment."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from holdfast.web.mail import mail, public_address


def test_without_a_server_messages_are_files_and_nothing_leaves_the_machine(tmp_path: Path) -> None:
    found = mail({}, tmp_path)
    assert found["EMAIL_BACKEND"].endswith("filebased.EmailBackend")
    assert found["EMAIL_FILE_PATH"] == tmp_path
    assert found["DEFAULT_FROM_EMAIL"] == "holdfast@localhost"


@pytest.mark.parametrize(
    ("security", "port", "tls", "ssl"),
    [("", 587, True, False), ("starttls", 587, True, False), ("tls", 465, False, True), ("none", 25, False, False)],
)
def test_a_server_is_reached_as_it_is_secured(tmp_path: Path, security: str, port: int, tls: bool, ssl: bool) -> None:
    found = mail({"HOLDFAST_EMAIL_HOST": "mail.example.org", "HOLDFAST_EMAIL_SECURITY": security}, tmp_path)
    assert (found["EMAIL_PORT"], found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (port, tls, ssl)
    assert found["DEFAULT_FROM_EMAIL"] == "holdfast@mail.example.org"


@pytest.mark.parametrize(
    ("name", "value"),
    [("SECURITY", "maybe"), ("PORT", "many"), ("PORT", "0"), ("PORT", "99999")],
)
def test_what_cannot_be_is_named(tmp_path: Path, name: str, value: str) -> None:
    given = {"HOLDFAST_EMAIL_HOST": "m", "HOLDFAST_EMAIL_PASSWORD": "secret", f"HOLDFAST_EMAIL_{name}": value}
    with pytest.raises(ImproperlyConfigured, match=f"HOLDFAST_EMAIL_{name}") as refused:
        mail(given, tmp_path)
    assert "secret" not in str(refused.value)


def test_links_in_messages_begin_with_the_address_that_people_use() -> None:
    assert public_address({"HOLDFAST_URL": "https://bcm.example.org/"}) == "https://bcm.example.org"
    assert public_address({"HOLDFAST_PORT": "8100"}) == "http://127.0.0.1:8100"
    with pytest.raises(ImproperlyConfigured, match="HOLDFAST_URL"):
        public_address({"HOLDFAST_URL": "javascript:alert(1)"})
