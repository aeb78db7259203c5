"""The one way in which things are agreed: drafted, reviewed, approved by somebody named, followed by the next version.

docs/guides/agreement.md says how a room uses it.
"""
