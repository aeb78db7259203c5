"""Notices: what is due, and what waits for whom, from every room; inbox, due list and e-mail digest ask here."""
