"""Writing sheets: empty templates, returned workbooks, streamed exports."""
