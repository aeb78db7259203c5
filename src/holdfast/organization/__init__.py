"""Who and what there is: evidence, places, accounts, structure; docs/decisions/0020 says in what order, and why.

Floor 1: imports only the engine and the formats.
"""
