"""How a command says that it cannot go on: one line on standard error, and the exit status that goes with it."""

from __future__ import annotations

import click


class BadInput(click.ClickException):
    """The input cannot be used: the message names file and place, and what is wanted there."""

    exit_code = 2


class Failed(click.ClickException):
    """The command failed in running, with input that was all right."""

    exit_code = 3
