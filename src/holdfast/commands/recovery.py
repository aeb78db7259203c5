"""Questions about getting through it: ``contention``, ``absence``, ``restore``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import click

from holdfast.commands.engine import _print_json, _read
from holdfast.commands.refusals import Failed

json_option = click.option("--json", "as_json", is_flag=True, help="Print the whole answer as JSON.")


@click.command()
@click.argument("twin")
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True)
@click.option("--horizon", type=float, help="Hours to look ahead; default: each scenario's own, else 2160.")
@json_option
def contention(twin: str, scenarios: tuple[str, ...], horizon: float | None, as_json: bool) -> None:
    """Which fallbacks of the model TWIN count on the same places in each SCENARIO, and whose limit that costs.

    For each pool: who claims how much of it and when, how many places are missing, the processes that go beyond their
    maximum tolerable period of disruption (MTPD) for it, and the smallest capacity at which they would not.
    """
    from holdfast.engine.contention import contention as run
    from holdfast.engine.scenario import read_scenario
    from holdfast.engine.twin import read_twin

    data = _read(twin)
    model = read_twin(data, twin)
    questions = [read_scenario(_read(path), model, path, horizon) for path in scenarios]
    found = run(model, questions, _counted("pools"))
    if as_json:
        answer = found.as_json()
        for path, one in zip(scenarios, answer["scenarios"], strict=True):
            one["scenario"] = path
        _print_json(answer)
        return
    from holdfast.commands.engine_text import node_names
    from holdfast.commands.recovery_text import contention_text

    click.echo(contention_text(found, scenarios, node_names(data)), nl=False)


@click.command()
@click.argument("twin")
@click.argument("waves")
@click.option("--horizon", type=float, help="Hours to look ahead; default: the file's weeks, else 2160 hours.")
@click.option("--scenario-out", metavar="FILE", help="Write the waves as a scenario for the other questions.")
@json_option
def absence(twin: str, waves: str, horizon: float | None, scenario_out: str | None, as_json: bool) -> None:
    """When which process of the model TWIN falls below its minimum level under the WAVES of absence.

    WAVES is a JSON file: {"waves": [{"sites": [...] or null, "start", "ramp", "peak", "plateau", "decline"}],
    "horizon"}, all in weeks but for the peak, which is the share of people absent. They strike nodes of kind people.
    """
    from holdfast.engine.absence import absence as run
    from holdfast.engine.absence import read_waves
    from holdfast.engine.twin import read_twin

    data = _read(twin)
    model = read_twin(data, twin)
    question = read_waves(_read(waves), model, waves, horizon)
    found = run(model, question, progress=_counted("cascades"))
    if scenario_out is not None:
        import msgspec

        text = json.dumps(msgspec.to_builtins(found.scenario), ensure_ascii=False, indent=1)
        try:
            Path(scenario_out).write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise Failed(f"{scenario_out}: cannot be written: {error.strerror or error}") from error
    if as_json:
        _print_json(found.as_json())
        return
    from holdfast.commands.engine_text import node_names
    from holdfast.commands.recovery_text import absence_text

    click.echo(absence_text(found, question, node_names(data)), nl=False)


@click.command("restore-first")
@click.argument("twin")
@click.argument("situation")
@click.option("--category", help="The impact to keep low; default: the first by code point.")
@click.option("--weighed", is_flag=True, help="Weigh downtime by priority and MTPD instead of an impact.")
@click.option("--effort", type=int, default=20_000, show_default=True, help="How many cascades to ask at the most.")
@click.option("--horizon", type=float, help="Hours to look ahead; default: the situation's own, else 2160.")
@json_option
def restore(
    twin: str,
    situation: str,
    category: str | None,
    weighed: bool,
    effort: int,
    horizon: float | None,
    as_json: bool,
) -> None:
    """What to restore first: the order of repairs that costs least in the SITUATION of the model TWIN.

    SITUATION is a JSON file: {"hits": [...], "crews": [{"id", "kind", "number", "site"}], "repairs": [{"node", "kind",
    "hours", "site"}], "horizon"}. A repair ends the loss of its node.
    """
    from holdfast.engine.restoration import restore as run
    from holdfast.engine.situation import read_situation
    from holdfast.engine.twin import read_twin

    if weighed and category is not None:
        raise click.UsageError("--weighed takes the place of --category")
    data = _read(twin)
    model = read_twin(data, twin)
    question = read_situation(_read(situation), model, situation, horizon)
    found = run(model, question, category, weighed, effort, _counted("cascades"))
    if as_json:
        _print_json(found.as_json())
        return
    from holdfast.commands.engine_text import node_names
    from holdfast.commands.recovery_text import restore_text

    click.echo(restore_text(found, node_names(data)), nl=False)


def _counted(what: str) -> Callable[[int, int], None] | None:
    """Progress on standard error, where a person looks at it."""
    if not sys.stderr.isatty():
        return None

    def tell(done: int, of: int) -> None:
        print(f"\r{done:,} of {of:,} {what}", end="\n" if done == of else "", file=sys.stderr, flush=True)

    return tell
