"""Declared Excel sheets: safe reading, errors by cell, commit through services, returned workbooks, exports."""
