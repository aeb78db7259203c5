"""What is done to the structure: one act a function. Units and sites too, since an act needs accounts, and accounts
need units (docs/decisions/0020)."""
