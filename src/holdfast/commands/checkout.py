"""Commands for those who work on Holdfast: tests, linters, documentation, benchmarks, lock files.

They work in a checkout alone, with the developers' packages installed; ``./run`` sees to that.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[3]
TYPED = ("src/holdfast/engine", "src/holdfast/formats", "src/holdfast/commands")
# One worker for each core of the build server; the tests of the start share one environment, so one worker has them.
PYTEST = ("pytest", "-n", "2", "--dist", "loadgroup", "--timeout", "600")
UV = (
    *("uv", "pip", "compile", "--quiet", "--upgrade", "--universal", "--generate-hashes", "--no-header"),
    *("--no-annotate", "--python-version", "3.11", "--only-binary", ":all:"),
)
GROUPS = ("dev", "node", "zig")


@dataclass(frozen=True)
class Step:
    """One check: its ``name`` for people, its ``command``, and what it needs in the environment besides."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] | None = None


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("tests", nargs=-1, type=click.UNPROCESSED)
def test(tests: tuple[str, ...]) -> None:
    """Run everything that the build server checks.

    With TESTS (files, node ids or options of pytest) only those tests are run. Exit 1 if any check fails.
    """
    _in_checkout()
    with tempfile.TemporaryDirectory(prefix="holdfast-test-") as data:
        environment = _apart(Path(data))
        if tests:
            sys.exit(_run(Step("tests", _python("pytest", *tests), environment)))
        steps = [*lint_steps(), migrations_step(environment), *island_steps(), docs_step()]
        # Last, so that the count of tests is the last thing said before the summary.
        steps.append(Step("tests", _python(*PYTEST), environment))
        sys.exit(run_all(steps))


@click.command()
def lint() -> None:
    """Check style, types and floors. Exit 1 if any of them finds something."""
    _in_checkout()
    sys.exit(run_all([*lint_steps(), island_steps()[0]]))


@click.command()
def docs() -> None:
    """Build the documentation into build/docs, and print where it begins."""
    _in_checkout()
    if _run(docs_step()):
        sys.exit(1)
    click.echo(ROOT / "build" / "docs" / "index.html")


@click.command()
@click.argument("name", required=False)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def bench(name: str | None, words: tuple[str, ...]) -> None:
    """Run the benchmark NAME with its own WORDS, or all benchmarks one after the other."""
    _in_checkout()
    names = benchmarks()
    if name is not None and name not in names:
        raise click.UsageError(f"no benchmark {name}; there are: {', '.join(names) or 'none'}")
    chosen = [name] if name is not None else names
    statuses = [_run(Step(each, _python(f"benchmarks.{each}", *words))) for each in chosen]
    sys.exit(max(statuses, default=0))


@click.command()
def lock() -> None:
    """Write requirements*.txt and package-lock.json anew, from pyproject.toml and package.json.

    Needs uv and npm. The files hold versions and hashes, and no address.
    """
    _in_checkout()
    for tool in ("uv", "npm"):
        if shutil.which(tool) is None:
            raise click.UsageError(f"{tool} is not on the PATH")
    steps = [Step("requirements.txt", (*UV, "pyproject.toml", "-o", "requirements.txt"))]
    for group in GROUPS:
        target = f"requirements-{group}.txt"
        steps.append(Step(target, (*UV, "--group", group, "-c", "requirements.txt", "-o", target)))
    steps.append(Step("package-lock.json", ("npm", "install", "--package-lock-only", "--ignore-scripts")))
    status = run_all(steps)
    _drop_funding(ROOT / "package-lock.json")
    sys.exit(status)


def lint_steps() -> list[Step]:
    """Style, form, types and floors."""
    return [
        Step("style (ruff check)", _python("ruff", "check", ".")),
        Step("form (ruff format)", _python("ruff", "format", "--check", ".")),
        Step("types (mypy --strict)", _python("mypy", "--strict", *TYPED)),
        Step("floors (import-linter)", (str(Path(sys.executable).with_name("lint-imports")),)),
    ]


def island_steps() -> list[Step]:
    """Types and tests of the islands."""
    node = os.environ.get("HOLDFAST_NODE") or shutil.which("node") or "node"
    modules = ROOT / "node_modules"
    return [
        Step("types of the islands (tsc)", (node, str(modules / "typescript" / "bin" / "tsc"), "--noEmit")),
        Step("tests of the islands (vitest)", (node, str(modules / "vitest" / "vitest.mjs"), "run")),
    ]


def migrations_step(environment: Mapping[str, str]) -> Step:
    """That no model has changed without its migration."""
    command = _python("django", "makemigrations", "--check", "--dry-run")
    return Step("migrations are whole", command, {**environment, "DJANGO_SETTINGS_MODULE": "holdfast.web.settings"})


def docs_step() -> Step:
    """The documentation, every warning an error."""
    return Step("documentation (sphinx -W)", _python("sphinx", "-q", "-W", "--keep-going", "docs", "build/docs"))


def benchmarks() -> list[str]:
    """The modules of benchmarks/ that can be run; the others are what they share."""
    files = sorted((ROOT / "benchmarks").glob("*.py"))
    return [file.stem for file in files if '__name__ == "__main__"' in file.read_text()]


def run_all(steps: list[Step]) -> int:
    """Runs every step, also after one has failed, and closes with a summary; 1 if any failed."""
    lines: list[str] = []
    failed = 0
    for step in steps:
        click.echo(f"── {step.name}")
        begun = time.monotonic()
        status = _run(step)
        failed += status != 0
        lines.append(f"{'ok    ' if status == 0 else 'FAILED'} {time.monotonic() - begun:6.1f} s  {step.name}")
    click.echo("\n".join(["── summary", *lines, f"{len(steps) - failed} of {len(steps)} checks passed"]))
    return 1 if failed else 0


def _run(step: Step) -> int:
    sys.stdout.flush()
    try:
        outcome = subprocess.run(step.command, cwd=ROOT, env={**os.environ, **(step.environment or {})}, check=False)
    except OSError as error:
        click.echo(f"holdfast: {step.name}: {error}", err=True)
        return 1
    return outcome.returncode


def _python(module: str, *words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *words)


def _apart(data: Path) -> dict[str, str]:
    """Tests get a data folder of their own; the compiled kernel is shared with the one in use."""
    from holdfast.engine.build import cache_folder

    return {"HOLDFAST_DATA": str(data), "HOLDFAST_CACHE": str(cache_folder())}


def _drop_funding(path: Path) -> None:
    """Takes out the addresses at which npm's packages ask for money: lock files hold no address."""
    locked = json.loads(path.read_text())
    for package in locked["packages"].values():
        package.pop("funding", None)
    path.write_text(json.dumps(locked, indent=2, ensure_ascii=False) + "\n")


def _in_checkout() -> None:
    if not (ROOT / "run").is_file():
        raise click.UsageError("this command works in a checkout of Holdfast alone")
