"""A document set by typst: a template, its data as JSON, and out come the bytes of a PDF or of a picture.

Each document is set in a child process with limits: the typesetter's memory grows with every document, and a template
that does not end must not hold a server. The template gets the data by `json(bytes(sys.inputs.data))` and nothing by
building markup, so that no text of the data is ever read as markup.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import Any, Literal

MOST_SECONDS = 60
RECYCLED_AT = 600 << 20
"""A child that had so many bytes of memory is ended after its document."""

Form = Literal["pdf", "png"]


class NotSet(Exception):
    """The document could not be set; the message is for the operator, not for a reader."""


def typeset(template: Path, data: Any, form: Form, fonts: Path) -> bytes:
    """The bytes of a tagged PDF, or of a PNG of the first page at 144 dots an inch. Raises NotSet."""
    asked = {"template": str(template), "data": json.dumps(data, ensure_ascii=False), "form": form, "fonts": str(fonts)}
    return in_child("holdfast.formats.typesetting_child", asked, template.name)


def in_child(module: str, asked: Any, name: str) -> bytes:
    """What the module writes to its standard output, given `asked` as JSON. Raises NotSet."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", module],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotSet(f"{name} was not set within {MOST_SECONDS} s") from None
    if done.returncode != 0 or not done.stdout:
        raise NotSet(f"{name}: {done.stderr.decode(errors='replace').strip()[-2000:]}")
    return done.stdout


class Typesetters:
    """Some child processes that set one document after the other from one template, each ended and begun anew when it
    has grown: what the typesetter remembers it never gives back. `set` may be called from as many threads as there are
    children.

        with Typesetters(template, fonts, 2) as typesetters:
            pdf = typesetters.set(data)
    """

    def __init__(self, template: Path, fonts: Path, count: int, most_memory: int = RECYCLED_AT) -> None:
        self.template, self.fonts, self.most_memory = template, fonts, most_memory
        self.peaks: list[int] = []
        """The most memory of each child that has ended, in bytes."""
        self._idle: queue.SimpleQueue[_Child | None] = queue.SimpleQueue()
        self._all: set[_Child] = set()
        for _n in range(count):
            self._idle.put(None)

    def __enter__(self) -> Typesetters:
        return self

    def __exit__(self, *_error: object) -> None:
        for child in tuple(self._all):
            self._end(child)

    def set(self, data: Any) -> bytes:
        """The bytes of a tagged PDF. Raises NotSet."""
        child = self._idle.get()
        try:
            if child is None:
                child = _Child(self.template, self.fonts)
                self._all.add(child)
            done = child.set(json.dumps(data, ensure_ascii=False).encode())
        except NotSet:
            # Whether it could go on is not known; the next document gets another.
            if child is not None:
                self._end(child)
                child = None
            raise
        else:
            if child.memory > self.most_memory:
                self._end(child)
                child = None
            return done
        finally:
            self._idle.put(child)

    def _end(self, child: _Child) -> None:
        child.end()
        self._all.discard(child)
        self.peaks.append(child.memory)


class _Child:
    """One process of typesetting_many.py. `memory` is the most that it had, in bytes."""

    def __init__(self, template: Path, fonts: Path) -> None:
        self.memory = 0
        self.template = template
        self.process = subprocess.Popen(
            [sys.executable, "-m", "holdfast.formats.typesetting_many", str(template), str(fonts)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def set(self, data: bytes) -> bytes:
        assert self.process.stdin is not None and self.process.stdout is not None
        late = Timer(MOST_SECONDS, self.process.kill)
        late.daemon = True
        late.start()
        try:
            self.process.stdin.write(len(data).to_bytes(8, "big") + data)
            self.process.stdin.flush()
            head = self.process.stdout.read(17)
            if len(head) < 17:
                raise NotSet(f"{self.template.name}: the typesetter ended: {self.process.poll()}")
            self.memory = int.from_bytes(head[1:9], "big") * 1024
            said = self.process.stdout.read(int.from_bytes(head[9:], "big"))
        except OSError as error:
            raise NotSet(f"{self.template.name}: {error}") from None
        finally:
            late.cancel()
        if not head[0]:
            raise NotSet(f"{self.template.name}: {said.decode(errors='replace')}")
        return said

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
