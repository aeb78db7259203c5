"""Files that prove a figure: kept once by what they hold, named by a key in the fact that they prove."""
