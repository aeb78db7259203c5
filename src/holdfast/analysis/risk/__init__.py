"""What could happen at each site: threats, hazards in numbers, and the risk assessments that rank them."""
