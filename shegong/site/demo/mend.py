"""Mending returned workbooks as a person would: look at the marked rows, look the truth up in the papers, type it in.

The papers are the register's ``manifest.json``. Only the cells that were wrong change; everything else in the workbook stays,
the hidden sheet too by which the import knows what it takes up again.

    python -m shegong.site.demo.mend REGISTER_FOLDER RETURNED_FOLDER MENDED_FOLDER
"""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Tree

from defusedxml.ElementTree import fromstring

from shegong.kernel.sheets.reading import letter, position
from shegong.site.demo.register.manifest import Fault, Manifest

PAGE = "xl/worksheets/sheet1.xml"  # the rows come first in a returned workbook
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@dataclass(frozen=True)
class Mended:
    """``cells`` that were typed anew; ``unmarked``: errors of the manifest whose row the workbook does not complain about."""

    cells: int
    unmarked: tuple[Fault, ...]


def mend(returned: Path, faults: Sequence[Fault], out: Path) -> Mended:
    """Write ``returned`` with these errors mended to ``out``. Raises ``LookupError`` when a row is not there."""
    with zipfile.ZipFile(returned) as source:
        page = fromstring(source.read(PAGE))
        unmarked = _mend_page(page, faults)
        Tree.register_namespace("", MAIN)
        Tree.register_namespace("r", REL)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            for entry in source.infolist():
                content = (
                    Tree.tostring(page, "utf-8", xml_declaration=True) if entry.filename == PAGE else source.read(entry)
                )
                target.writestr(entry.filename, content)
    return Mended(len(faults), tuple(unmarked))


def mend_all(register: Path, returned: Path, mended: Path) -> dict[str, Mended]:
    """Mend every workbook of ``returned`` that is named after a file of the register."""
    mended.mkdir(parents=True, exist_ok=True)
    found: dict[str, Mended] = {}
    for sent in Manifest.load(register).files:
        name = Path(sent.name).with_suffix(".xlsx").name
        if (returned / name).exists():
            found[name] = mend(returned / name, sent.faults, mended / name)
    return found


def _mend_page(page: Any, faults: Sequence[Fault]) -> list[Fault]:
    rows = {int(row.get("r")): row for row in page.iter(f"{{{MAIN}}}row")}
    unmarked = []
    for fault in faults:
        if fault.row not in rows:
            raise LookupError(f"row {fault.row} is not in the workbook")
        if not _is_marked(rows[fault.row], fault.row):
            unmarked.append(fault)
        _type(rows[fault.row], fault)
    return unmarked


def _is_marked(row: Any, number: int) -> bool:
    """Whether a cell of the row says what is to be mended ("F12: …")."""
    said = re.compile(rf"[A-Z]*{number}: ")
    return any(said.match("".join(cell.itertext())) for cell in row)


def _type(row: Any, fault: Fault) -> None:
    """Put the truth into the cell: text as text, a number as a number."""
    reference = f"{letter(fault.column)}{fault.row}"
    cell = next((c for c in row if c.get("r") == reference), None)
    if cell is None:
        cell = Tree.Element(f"{{{MAIN}}}c", {"r": reference})
        at = sum(1 for c in row if position(c.get("r"))[1] < fault.column)
        row.insert(at, cell)
    for child in list(cell):
        cell.remove(child)
    if fault.truth["kind"] == "number":
        cell.attrib.pop("t", None)
        Tree.SubElement(cell, f"{{{MAIN}}}v").text = repr(fault.truth["value"])
        return
    cell.set("t", "inlineStr")
    inner = Tree.SubElement(Tree.SubElement(cell, f"{{{MAIN}}}is"), f"{{{MAIN}}}t")
    inner.text = fault.truth["value"]
    inner.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def main(words: Sequence[str]) -> int:
    """Folder mode; see the module's text."""
    if len(words) != 3:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    for name, done in mend_all(*(Path(word) for word in words)).items():
        sys.stdout.write(f"{name}  {done.cells}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
