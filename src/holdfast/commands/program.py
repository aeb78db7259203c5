"""The table of contents of the ``holdfast`` command, and what it does with errors.

Each command is named here with the module that holds it and one line of help; the module is imported when the command
is called, and not before.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from typing import Any, NamedTuple

import click

from holdfast import __version__
from holdfast.commands.refusals import BadInput, Failed
from holdfast.engine.errors import InputError


class Entry(NamedTuple):
    """``module``: where the command stands, in ``holdfast.commands``; ``line``: what it does, for the list."""

    module: str
    line: str


FAMILIES: dict[str, dict[str, Entry]] = {
    "The application": {
        "serve": Entry("serve", "Serve the pages on this machine, with a worker."),
        "worker": Entry("worker", "Do what is asked for in the background."),
    },
    "The organisation": {
        "import": Entry("exchange", "Take in JSON files or a workbook."),
        "export": Entry("exchange", "Take out records as JSON or a workbook."),
        "impact-workbook": Entry("impact", "The impact analysis of a unit as a workbook, out and back."),
        "twin": Entry("twin", "Write the organisation as a model."),
        "scenarios": Entry("twin", "List the saved scenarios, or write one."),
        "functions": Entry("structure", "The critical functions and what covers each."),
    },
    "The day": {
        "verify-log": Entry("logs", "Whether the log of an incident is what was written."),
        "log-key": Entry("logs", "The public keys that logs are signed with; a new key."),
    },
    "Questions to a model": {
        "cascade": Entry("engine", "What fails, when and why, if these things fail."),
        "check": Entry("engine", "What is doubtful about a model."),
        "weak-points": Entry("sweeps", "What the loss of each single node would do, the worst first."),
        "minimal-sets": Entry("sweeps", "Which losses together are enough to break a process."),
        "feasibility": Entry("sweeps", "Whether the recovery objectives can be met at all."),
        "contention": Entry("recovery", "Who counts on the same places, and whose limit that costs."),
        "absence": Entry("recovery", "When waves of absence take processes below their minimum."),
        "restore-first": Entry("recovery", "In which order to repair what is out at the least cost."),
        "open-psa": Entry("open_psa", "A fault tree in the Open-PSA format as a model without times."),
        "year": Entry("engine", "What a year looks like: breaches, downtime and losses."),
        "portfolio": Entry("portfolio", "What to buy: the cheapest that keeps what must be kept."),
    },
    "Working on Holdfast itself": {
        "test": Entry("checkout", "Everything that the build server checks, or the tests named."),
        "lint": Entry("checkout", "Style, types and floors, without the tests."),
        "docs": Entry("checkout", "Build the documentation into build/docs."),
        "bench": Entry("checkout", "Measure against other tools, side by side."),
        "lock": Entry("checkout", "Write the lock files anew from what is asked for."),
    },
}


class Program(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for family in FAMILIES.values() for name in family]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for family in FAMILIES.values():
            if entry := family.get(cmd_name):
                return command_of(importlib.import_module(f"holdfast.commands.{entry.module}"), cmd_name)
        return None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except InputError as error:
            raise BadInput(str(error)) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(len(name) for name in self.list_commands(ctx))
        for title, family in FAMILIES.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), entry.line) for name, entry in family.items()])


def command_of(module: object, name: str) -> click.Command:
    """The command of this name in a module, whatever the Python name it is bound to."""
    for value in vars(module).values():
        if isinstance(value, click.Command) and value.name == name:
            return value
    raise LookupError(f"{module} has no command {name}")


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="Holdfast")
def program() -> None:
    """Holdfast computes whether an organisation would hold, and runs the crisis when it does not.

    Exit status: 0 done, 1 a check found something, 2 bad input or use, 3 failed in running.
    """


def main() -> None:
    """Runs the command line; an error that nobody foresaw is one line on standard error too, exit 3."""
    try:
        program(prog_name="holdfast")
    except Exception as error:
        if os.environ.get("HOLDFAST_DEBUG") == "1":
            traceback.print_exc()
        unforeseen = Failed(f"{type(error).__name__}: {error} (HOLDFAST_DEBUG=1 shows where)")
        unforeseen.show()
        sys.exit(unforeseen.exit_code)
