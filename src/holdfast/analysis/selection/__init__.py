"""Which strategies a process has, compared side by side, and chosen with a reason that somebody approves."""
