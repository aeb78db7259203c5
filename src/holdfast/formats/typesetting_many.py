"""Sets documents one after the other from one template: each is data in and a PDF out, on pipes.

In: eight bytes with the length, then the data as JSON. Out: one byte (1 set, 0 not), eight bytes with the most memory
that this process had in KiB, eight bytes with the length, then the PDF or what was wrong. The template and the fonts
are read once; what the typesetter remembers of each document it never gives back, so whoever began this process ends
it when it has grown (`Typesetters`).
"""

from __future__ import annotations

import resource
import struct
import sys
from functools import partial
from typing import Any, BinaryIO

from holdfast.formats.typesetting_child import MOST_CPU, limit_this_process, with_standard

HEAD = struct.Struct(">Q")
ANSWER = struct.Struct(">BQQ")


def main() -> None:
    template, fonts = sys.argv[1:]
    limit_this_process()
    import typst

    compiler = typst.Compiler(input=template, font_paths=[fonts], ignore_system_fonts=True)
    source, out = sys.stdin.buffer, sys.stdout.buffer
    while (head := source.read(HEAD.size)) and len(head) == HEAD.size:
        data = source.read(HEAD.unpack(head)[0]).decode()
        _allow_another()
        try:
            answer(out, True, with_standard(partial(_compiled, compiler, data)))
        except typst.TypstError as error:
            answer(out, False, str(error).encode()[-2000:])


def _compiled(compiler: Any, data: str, standards: Any) -> Any:
    return compiler.compile(sys_inputs={"data": data, "form": "pdf"}, format="pdf", pdf_standards=standards)


def answer(out: BinaryIO, is_set: bool, said: bytes) -> None:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    out.write(ANSWER.pack(int(is_set), most, len(said)))
    out.write(said)
    out.flush()


def _allow_another() -> None:
    """Processor time for one more document."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + MOST_CPU, hard))


if __name__ == "__main__":
    main()
