"""What there is and what needs what: people, groups, processes, resources, requirements."""
