"""The tables of records: what each row of the organisation looks like in a file, derived from its model."""
