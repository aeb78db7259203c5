"""``python -m holdfast`` is the ``holdfast`` command."""

from holdfast.commands import main

if __name__ == "__main__":
    main()
