"""``python -m bench.baselines.bulk FILE``: django-import-export in bulk, without diffs, into a plain table."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
import time

_DAY = re.compile(r"(\d+)年(\d+)月(\d+)日")


def main(book: str) -> int:
    import django

    django.setup()
    import tablib
    from import_export import resources
    from python_calamine import CalamineWorkbook

    from bench.floor.models import PlainPerson

    class People(resources.ModelResource):
        """Every switch that makes it faster is on."""

        class Meta:
            model = PlainPerson
            import_id_fields = ("id_number",)
            fields = (
                "name",
                "id_number",
                "phone",
                "sex",
                "birth_on",
                "address",
                "is_migrant",
                "is_member",
                "organisation",
            )
            use_bulk = True
            batch_size = 2000
            force_init_instance = True  # no look-up row by row
            skip_diff = True
            skip_html_diff = True
            report_skipped = False
            use_transactions = True

    PlainPerson.objects.all().delete()
    start = time.perf_counter()
    rows = CalamineWorkbook.from_path(book).get_sheet_by_index(0).to_python()
    found = tablib.Dataset(headers=list(People.Meta.fields))
    for name, number, phone, sex, born, address, migrant, member, org in rows[1:]:
        match = _DAY.fullmatch(str(born))
        day = dt.date(int(match[1]), int(match[2]), int(match[3])).isoformat() if match else ""
        found.append(
            (name, number, phone, "1" if sex == "男" else "2", day, address, migrant == "是", member == "是", org)
        )
    result = People().import_data(found, dry_run=False, raise_errors=True)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "rows": result.totals["new"]}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
