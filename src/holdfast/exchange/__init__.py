"""What goes in and out: records as files, workbooks and feeds."""
