"""Existing plans brought in: a Word document or a workbook, mapped section by section into the template."""
