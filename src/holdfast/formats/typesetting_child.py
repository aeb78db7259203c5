"""Sets one document: what is wanted as JSON on standard input, the document's bytes on standard output."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from typing import Any

MOST_MEMORY = 2 << 30
MOST_CPU = 50
DOTS_PER_INCH = 144

STANDARDS: tuple[list[str], ...] = (["ua-1", "a-2a"], ["ua-1"], [])
"""What a PDF is to keep, the first that it can: PDF/UA-1 and PDF/A-2a together, for readers and for archives."""


def limit_this_process() -> None:
    """Memory and processor time of the child; the latter can be given anew for each document."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU if hard == resource.RLIM_INFINITY else min(MOST_CPU, hard), hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def with_standard(compiled: Callable[[list[str]], Any]) -> bytes:
    """The document by the first of STANDARDS that it keeps: a sign that no font has, or the order of the headings, does
    not hold it up. Raises typst.TypstError."""
    import typst

    for standards in STANDARDS:
        try:
            done = compiled(standards)
        except typst.TypstError as error:
            if not standards or "PDF/" not in str(error):
                raise
            print(error, file=sys.stderr)
        else:
            break
    return bytes(done[0] if isinstance(done, list) else done)


def main() -> None:
    limit_this_process()
    import typst

    asked = json.loads(sys.stdin.buffer.read())

    def compiled(standards: Any) -> Any:
        return typst.compile(
            asked["template"],
            font_paths=[asked["fonts"]],
            ignore_system_fonts=True,
            format=asked["form"],
            ppi=DOTS_PER_INCH,
            sys_inputs={"data": asked["data"], "form": asked["form"]},
            pdf_standards=standards,
        )

    if asked["form"] == "pdf":
        sys.stdout.buffer.write(with_standard(compiled))
        return
    done = compiled([])
    sys.stdout.buffer.write(done[0] if isinstance(done, list) else done)


if __name__ == "__main__":
    main()
