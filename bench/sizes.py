"""How much is loaded and measured: named sizes, and what the command line changes in them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace


@dataclass(frozen=True)
class Size:
    """``few_cases``: the small house that the growth is measured against. ``texts``: cases with a long narrative. ``facts``: rows
    of the legal-aid register. ``rows``: of the workbooks. ``requests``: in one timed round. ``rounds``: of each alternation."""

    name: str
    persons: int
    cases: int
    few_cases: int
    workers: int
    orgs: int
    facts: int
    texts: int
    rows: int
    seconds: float
    requests: int
    rounds: int

    def few(self) -> Size:
        """The same house with few cases."""
        share = self.few_cases / max(self.cases, 1)
        persons = max(500, int(self.persons * share))
        return replace(
            self, name=f"{self.name}-few", persons=persons, cases=self.few_cases, texts=self.few_cases,
            facts=max(1000, int(self.facts * share)),
        )  # fmt: skip

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


SIZES = {
    "tiny": Size("tiny", 1_200, 600, 300, 60, 1_800, 4_000, 600, 400, 1.0, 6, 2),
    "small": Size("small", 50_000, 50_000, 5_000, 800, 2_000, 500_000, 20_000, 20_000, 8.0, 60, 5),
    "reference": Size("reference", 1_000_000, 500_000, 5_000, 3_700, 2_000, 10_000_000, 200_000, 100_000, 20.0, 100, 5),
}
CHANGEABLE = ("persons", "cases", "workers", "orgs", "facts", "texts", "rows", "seconds")


def chosen(name: str, changes: dict[str, float | None]) -> Size:
    """A named size with what the command line changes. Raises ``KeyError`` for an unknown name, ``ValueError`` below one."""
    given = {key: value for key, value in changes.items() if value is not None}
    if any(value <= 0 for value in given.values()):
        raise ValueError("sizes must be above zero")
    size = replace(SIZES[name], **{k: v if k == "seconds" else int(v) for k, v in given.items()})  # type: ignore[arg-type]
    return replace(size, few_cases=min(size.few_cases, size.cases), texts=min(size.texts, size.cases))
