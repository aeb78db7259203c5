"""What a browser or a client of the API meets: settings, addresses, pages and templates. Floor 7.

Nothing of the business is decided here: a view asks the rooms below and shows the answer.
"""
