"""A document set by typst: a template, its data as JSON, and out come the bytes of a PDF or of a picture.

Each document is set in a child process with limits: the typesetter's memory grows with every document, and a template
that does not end must not hold a server. The template gets the data by `json(bytes(sys.inputs.data))` and nothing by
building markup, so that no text of the data is ever read as markup.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

MOST_SECONDS = 60

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
