"""What the engine says of input that it cannot use."""


class InputError(ValueError):
    """Bad input: where (a JSON path such as ``nodes[3].restart``) and what is wanted there.

    ``source`` names the file or other origin, and is empty where there is none.
    """

    def __init__(self, path: str, message: str, source: str = "") -> None:
        self.path = path
        self.message = message
        self.source = source
        super().__init__(": ".join(part for part in (source, path, message) if part))
