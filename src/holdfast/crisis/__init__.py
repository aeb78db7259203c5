"""The day itself: incidents, who meets and decides, on what picture, what is done, and the log of it all.

The domains, left to right; each imports only leftwards: rules (versioned settings) · log (hash chain) · incidents ·
teams (meetings, quorum) · picture (what is out, what breaches when) · decisions (with activation) · tasks (plans under
way) · reports (situation reports) · reviews (afterwards) · drills (an exercise drives an incident).
"""
