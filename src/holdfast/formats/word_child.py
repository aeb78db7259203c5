"""Makes one Word document: what is wanted as JSON on standard input, the bytes of the .docx on standard output."""

from __future__ import annotations

import json
import sys

from holdfast.formats.typesetting_child import limit_this_process


def main() -> None:
    limit_this_process()
    from holdfast.formats.document import Document
    from holdfast.formats.word import write

    asked = json.loads(sys.stdin.buffer.read())
    asked["document"].pop("bases", None)
    sys.stdout.buffer.write(write(Document.read(asked["document"]), asked["fonts"]))


if __name__ == "__main__":
    main()
