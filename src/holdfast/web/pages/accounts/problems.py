"""What an act refused, shown beside the fields of the form that asked for it."""

from __future__ import annotations

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError


def add_problems(form: forms.Form, error: ValidationError) -> None:
    """Adds each message to its field, or to the form where it has no such field."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, problems in error.error_dict.items():
        form.add_error(name if name in form.fields and name != NON_FIELD_ERRORS else None, problems)
