"""Sets one document: what is wanted as JSON on standard input, the document's bytes on standard output."""

from __future__ import annotations

import json
import resource
import sys
from typing import Any, Literal

MOST_MEMORY = 2 << 30
MOST_CPU = 50
DOTS_PER_INCH = 144


def limit_this_process() -> None:
    """Memory and processor time of the child."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU, MOST_CPU))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    limit_this_process()
    import typst

    asked = json.loads(sys.stdin.buffer.read())

    def compiled(standard: Literal["ua-1"] | None) -> Any:
        return typst.compile(
            asked["template"],
            font_paths=[asked["fonts"]],
            ignore_system_fonts=True,
            format=asked["form"],
            ppi=DOTS_PER_INCH,
            sys_inputs={"data": asked["data"], "form": asked["form"]},
            pdf_standards=standard,
        )

    try:
        done = compiled("ua-1" if asked["form"] == "pdf" else None)
    except typst.TypstError as error:
        # A sign that no font has would hold the document up: it is set without the promise of the standard instead.
        if "PDF/UA" not in str(error):
            raise
        print(error, file=sys.stderr)
        done = compiled(None)
    sys.stdout.buffer.write(done[0] if isinstance(done, list) else done)


if __name__ == "__main__":
    main()
