"""Sets one document: what is wanted as JSON on standard input, the document's bytes on standard output."""

from __future__ import annotations

import json
import resource
import sys

MOST_MEMORY = 2 << 30
MOST_CPU = 50
DOTS_PER_INCH = 144


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU, MOST_CPU))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import typst

    asked = json.loads(sys.stdin.buffer.read())
    done = typst.compile(
        asked["template"],
        font_paths=[asked["fonts"]],
        ignore_system_fonts=True,
        format=asked["form"],
        ppi=DOTS_PER_INCH,
        sys_inputs={"data": asked["data"], "form": asked["form"]},
    )
    sys.stdout.buffer.write(done[0] if isinstance(done, list) else done)


if __name__ == "__main__":
    main()
