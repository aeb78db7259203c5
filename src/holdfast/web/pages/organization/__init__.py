"""The organisation's pages: its tree, lists, one page a thing, forms, history, holes, accounts, import.

A noun (`nouns.py`) says of one kind of thing what its list shows, what its page tells, which form changes it and which
acts (`steps`) stand on its page; the addresses are made from that, each with its permission.
"""
