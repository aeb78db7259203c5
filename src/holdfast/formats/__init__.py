"""Codecs: records <-> bytes (workbooks, documents, feeds). Pure: no database.

Floor 0. May import the standard library and its format libraries, and nothing else of Holdfast.
"""
