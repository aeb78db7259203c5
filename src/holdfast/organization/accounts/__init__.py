"""Who may do what: users, roles, scope, tokens, and the record of every act."""
