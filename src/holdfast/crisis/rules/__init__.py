"""The settings of the day: how many make a quorum, who activates, who is consulted, who grants, and from when on."""
