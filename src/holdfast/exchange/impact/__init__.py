"""The workbook of an impact analysis: taken out for a unit, filled in offline, brought back and merged.

data = impact_workbook(by, analysis)            exporting
found = preview(by, analysis, data, name)       comparing: nothing is written
take_in(by, found)                              applying: one transaction, all or nothing
"""
