"""A legal-aid register of the Songjiang shape, as a centre and eighteen stations would send it, with errors to be mended.

Four years, 24,556 entries, and to the fen what golden G01–G04 say. Everybody in it is invented.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import slips
from .files import Sheet, write
from .golden import DISTRICT, SONGJIANG, Shape
from .manifest import Fault, Manifest, SentFile
from .places import CENTRE, Place, places
from .style import Style
from .truth import Aid, entries, totals

if TYPE_CHECKING:
    from shegong.kernel.orgs.models import Org

SEED = "songjiang"
Progress = Callable[[str, int, int], object]

__all__ = [
    "CENTRE",
    "DISTRICT",
    "SEED",
    "SONGJIANG",
    "Fault",
    "Manifest",
    "SentFile",
    "Shape",
    "found_stations",
    "places",
    "write_register",
]


def found_stations(county: Org | None = None) -> dict[str, Org]:
    """The nineteen places as organisations (``stations``); the only part of this package that needs the database."""
    from .stations import found_stations as found

    return found(county)


def write_register(
    folder: Path, seed: str = SEED, *, progress: Progress | None = None, scale: float = 1.0, shape: Shape = SONGJIANG
) -> Manifest:
    """Write nineteen files and ``manifest.json`` into ``folder``. The same seed gives the same bytes.

    ``scale`` below 1 gives a smaller register of the same shape, whose own totals stand in the manifest. Needs no database.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = entries(random.Random(f"{seed}:entries"), scale, shape)  # noqa: S311 - invented entries, not keys
    by_place: dict[Place, list[Aid]] = defaultdict(list)
    for aid in found:
        by_place[aid.place].append(aid)
    manifest = Manifest(folder, seed, golden=totals(found))
    for index, place in enumerate(places()):
        manifest.files.append(_office(folder, index, by_place[place], seed))
        if progress:
            progress("登记簿 register", index + 1, len(places()))
    manifest.save()
    return manifest


def _office(folder: Path, index: int, found: list[Aid], seed: str) -> SentFile:
    """One office's file."""
    rng = random.Random(f"{seed}:{index}")  # noqa: S311
    style = Style.of(index, rng)
    sheet = Sheet(style, found, slips(rng, style, found))
    name = f"{index:02d}-{style.place.name}.{'csv' if style.is_text else 'xlsx'}"
    write(folder / name, sheet)
    return SentFile(name, style.place.code, style.place.name, len(found), sheet.faults)
