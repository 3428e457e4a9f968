"""Papers to sign and to keep, as PDF/A: set by typst from a template of ours and plain data.

Data reaches the template as JSON and is never read as markup, so no name and no narrative can change a paper. Pure Python.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typst

from .errors import N_

HOUSE = Path(__file__).parent / "papers" / "house.typ"
FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", str(Path.home() / ".fonts"), str(Path.home() / ".local/share/fonts"))
CHINESE = ("noto*cjk*", "sourcehan*", "wqy*")


class NoChineseFont(RuntimeError):
    """No font with Chinese characters is installed; the paper would show boxes."""

    MESSAGE = N_("No Chinese font is installed on the server, so no paper can be set. Install fonts-noto-cjk.")


def typeset(template: Path, data: Mapping[str, Any], *, on: dt.date) -> bytes:
    """The paper as PDF/A-2b. ``template``: a .typ file using ``data`` and the functions of ``papers/house.typ``; ``data``: JSON
    values; ``on``: the date of the document, so that the same data give the same bytes. Raises ``NoChineseFont``."""
    if not _has_font():
        raise NoChineseFont(NoChineseFont.MESSAGE)
    source = HOUSE.read_text(encoding="utf-8") + template.read_text(encoding="utf-8")
    stamp = dt.datetime.combine(on, dt.time(), dt.UTC)
    made: bytes = typst.compile(
        source.encode(), format="pdf", sys_inputs={"data": json.dumps(data, ensure_ascii=False)}, pdf_standards=["a-2b"],
        timestamp=int(stamp.timestamp()),
    )  # fmt: skip
    return made


@cache
def _has_font() -> bool:
    for folder in FOLDERS:
        for _root, _folders, files in os.walk(folder):
            for name in files:
                if any(Path(name.lower()).match(pattern) for pattern in CHINESE):
                    return True
    return False
