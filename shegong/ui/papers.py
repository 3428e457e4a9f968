"""Files that leave the house: their headers, and papers as PDF."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse

from shegong.lib.paper import typeset


def attachment(name: str) -> dict[str, str]:
    """Headers of a file that leaves: saved, never shown inside the house (rule 10)."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in ".-_") else "_" for c in name)
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }


def paper(name: str, template: Path, data: Mapping[str, Any], *, on: dt.date) -> HttpResponse:
    """A paper to sign or keep, as a file named ``name``.pdf. Raises ``NoChineseFont``; see ``shegong.lib.paper.typeset``."""
    made = typeset(template, data, on=on)
    return HttpResponse(made, content_type="application/pdf", headers=attachment(f"{name}.pdf"))
