"""The what-if page: what has failed, what that does, and why.

``example`` reads the twin and the saved scenarios, ``question`` reads what is asked from an address, ``answer`` and
``line`` put the engine's result into words and order, ``timeline`` draws it, ``sheet`` writes it as CSV, ``views``
binds these to addresses.
"""
