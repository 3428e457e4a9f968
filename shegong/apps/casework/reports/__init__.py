"""COUNT: declared tables. ``report`` fills one, ``contradictions`` checks that it ties, ``export`` writes it out."""

from .checks import contradictions
from .declare import Head, Table, all_tables, table_of
from .exporting import CONTENT_TYPES, export
from .filling import CellValue, TableResult, TableRow, may_ask, report, share

__all__ = [
    "CONTENT_TYPES", "CellValue", "Head", "Table", "TableResult", "TableRow", "all_tables", "contradictions", "export", "may_ask",
    "report", "share", "table_of",
]  # fmt: skip
