"""Compiles the engine's C kernel once, and finds it again afterwards.

``library()`` answers the path of the shared library for ``kernel.c``. It is kept in a cache folder under a name made
from the source, the flags, the machine and the compiler, and renamed into place, so that two processes that build at
the same moment both end with a whole file.

This is the one module of the engine that reads the environment: it looks for a compiler and for the cache folder,
never for anything that could change a result. Standard library only.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("kernel.c")
_PART = re.compile(rb'^#include "([\w.]+)"', re.MULTILINE)
FLAGS = ("-O3", "-ffp-contract=off", "-fPIC", "-shared", "-std=c11", "-Wall", "-Wextra")
COMPILERS = ("cc", "gcc", "clang")
COMPILE_SECONDS = 180


class BuildError(RuntimeError):
    """The kernel could not be compiled: no compiler was found, or none of those found could do it."""


@dataclass(frozen=True)
class Compiler:
    """``command``: the words that start it; ``identity``: changes when another compiler or version stands there."""

    command: tuple[str, ...]
    identity: str


def library(source: Path = SOURCE, cache: Path | None = None) -> Path:
    """The path of the compiled kernel, compiled first if this machine has not done so yet.

    ``cache`` defaults to ``cache_folder()``. Raises BuildError, whose text says what to install.
    """
    folder = cache_folder() if cache is None else cache
    text = _with_parts(source)
    stem = f"{source.stem}-{_digest(text, *FLAGS, sys.platform, platform.machine())}"
    found = compilers()
    for compiler in found:
        path = folder / f"{stem}-{_digest(compiler.identity)}.so"
        if path.exists():
            return path
    if not found:
        # Built here earlier, and the compiler has been taken away since: the same source gives the same answers.
        if earlier := sorted(folder.glob(f"{stem}-*.so")):
            return earlier[0]
        raise BuildError(
            "no C compiler found: install one (Debian: apt-get install gcc libc6-dev), "
            "or the Python package ziglang, which brings one"
        )
    _make_folder(folder)
    refusals: list[str] = []
    for compiler in found:
        path = folder / f"{stem}-{_digest(compiler.identity)}.so"
        refusal = _compile(compiler, source, path)
        if refusal is None:
            return path
        refusals.append(f"{' '.join(compiler.command)}: {refusal}")
    raise BuildError("the kernel does not compile here:\n" + "\n".join(refusals))


def compilers() -> list[Compiler]:
    """The C compilers of this machine, the preferred one first: those on the PATH, then the ziglang package's."""
    found: list[Compiler] = []
    seen: set[str] = set()
    for name in COMPILERS:
        path = shutil.which(name)
        if path is None or (real := os.path.realpath(path)) in seen:
            continue
        seen.add(real)
        status = os.stat(real)
        found.append(Compiler((path,), f"{real} {status.st_size} {status.st_mtime_ns}"))
    if importlib.util.find_spec("ziglang") is not None:
        # The baseline processor, not this one: the cache may be shared between machines of one kind.
        command = (sys.executable, "-m", "ziglang", "cc", "-mcpu=baseline")
        found.append(Compiler(command, f"ziglang {importlib.metadata.version('ziglang')}"))
    return found


def cache_folder() -> Path:
    """Where compiled kernels are kept: HOLDFAST_CACHE, else ``cache`` in HOLDFAST_DATA, else the user's cache."""
    if chosen := os.environ.get("HOLDFAST_CACHE"):
        return Path(chosen).expanduser().resolve()
    if data := os.environ.get("HOLDFAST_DATA"):
        return Path(data).expanduser().resolve() / "cache"
    user = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(user).expanduser() / "holdfast"


def _with_parts(source: Path) -> bytes:
    """The text of a source and, behind it, of each file beside it that it includes."""
    text = source.read_bytes()
    return b"\0".join([text, *(source.with_name(name.decode()).read_bytes() for name in _PART.findall(text))])


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BuildError(
            f"cannot make the cache folder {folder} ({error.strerror}): "
            "set HOLDFAST_CACHE to a folder that can be written"
        ) from error


def _compile(compiler: Compiler, source: Path, target: Path) -> str | None:
    """Compiles ``source`` into ``target``; None when done, else the compiler's words."""
    # Zig keeps caches of its own, by default in the home folder, which a service may not have.
    environment = os.environ | {
        "ZIG_GLOBAL_CACHE_DIR": str(target.parent / "zig"),
        "ZIG_LOCAL_CACHE_DIR": str(target.parent / "zig"),
    }
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix="build-") as scratch:
            made = Path(scratch) / target.name
            command = [*compiler.command, *FLAGS, "-o", str(made), str(source), "-lm"]
            outcome = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=COMPILE_SECONDS, check=False
            )
            if outcome.returncode != 0 or not made.exists():
                said = (outcome.stderr + outcome.stdout).strip().splitlines()
                return "\n".join(said[-20:]) or f"exit status {outcome.returncode}"
            os.replace(made, target)
    except subprocess.TimeoutExpired:
        return f"no end after {COMPILE_SECONDS} seconds"
    except OSError as error:
        return str(error)
    return None


def _digest(*parts: bytes | str) -> str:
    """Sixteen hexadecimal digits that stand for the parts, each set off from the next by its length."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()[:16]


def main() -> int:
    """Builds the kernel and prints its path; exit 3 with the reason where it cannot."""
    try:
        print(library())
    except BuildError as error:
        print(error, file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
