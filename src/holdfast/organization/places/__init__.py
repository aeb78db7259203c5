"""Where the organisation is: units and sites."""
