"""The forms of accounts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.models import ApiToken, User
from holdfast.organization.rows import MOST_KEY, check_key

MOST_PASSWORD = 200
"""Argon2 reads the whole of it, so that its length is bounded."""

LIFETIMES = [("30", _("30 days")), ("90", _("90 days")), ("365", _("a year")), ("", _("does not expire"))]


def _password(name: str, label: Any, **more: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": name})
    return forms.CharField(label=label, strip=False, max_length=MOST_PASSWORD, widget=widget, **more)


class SignInForm(forms.Form):
    name = forms.CharField(
        label=_("User name or e-mail address"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = _password("current-password", _("Password"))


class PasswordForm(forms.Form):
    old = _password("current-password", _("Your password now"))
    password = _password("new-password", _("New password"), help_text=_("At least 12 characters."))
    again = _password("new-password", _("New password once more"))

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_old(self) -> str:
        if not self.user.check_password(self.cleaned_data["old"]):
            raise forms.ValidationError(_("This is not your password."))
        return str(self.cleaned_data["old"])

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if "password" in found and "again" in found and found["password"] != found["again"]:
            self.add_error("again", _("The two new passwords differ."))
        return found


class AccountForm(forms.Form):
    name = forms.CharField(label=_("Name shown"), max_length=200, required=False)
    email = forms.EmailField(label=_("E-mail address"), required=False)
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("as the browser says")), *settings.LANGUAGES]
    )
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Used by"),
        max_length=ApiToken._meta.get_field("name").max_length,
        help_text=_("The program that will use it, so that you know later what to revoke."),
    )
    days = forms.ChoiceField(label=_("Holds for"), choices=LIFETIMES, required=False, initial="90")


class StartForm(forms.Form):
    organization = forms.CharField(label=_("Name of your organisation"), max_length=300)
    key = forms.CharField(
        label=_("Its key"),
        max_length=MOST_KEY,
        validators=[check_key],
        help_text=_("A short name for files and programs, such as “un”. It stays for ever."),
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages you work in"),
        choices=settings.LANGUAGES,
        initial=["en"],
        widget=forms.CheckboxSelectMultiple,
    )
    username = forms.CharField(
        label=_("Your user name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    name = forms.CharField(label=_("Your name, as others see it"), max_length=200, required=False)
    email = forms.EmailField(label=_("Your e-mail address"), required=False)
    password = _password("new-password", _("Your password"), help_text=_("At least 12 characters."))
    again = _password("new-password", _("Your password once more"))

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if "password" in found and "again" in found and found["password"] != found["again"]:
            self.add_error("again", _("The two passwords differ."))
        return found
