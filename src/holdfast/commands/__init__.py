"""The ``holdfast`` command. Floor 8, above the web: a command parses its words, calls one action and prints the answer.

Each file holds one family of commands, imported only when one of them is called, so that
``holdfast --help`` imports neither Django nor numpy.
"""

from holdfast.commands.program import main

__all__ = ["main"]
