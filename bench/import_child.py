"""``python -m bench.import_child FILE``: check and commit a workbook of people as the district's clerk."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main(book: str) -> int:
    import django

    django.setup()
    from shegong.kernel.orgs.models import Org
    from shegong.kernel.orgs.reach import acting, actor_of
    from shegong.kernel.sheets import services
    from shegong.kernel.sheets.placing import resolver_for

    actor = actor_of("wu")
    place = Org.objects.get(code="U440106")
    with acting(actor):
        resolve = resolver_for(actor, "registry.people")
    with Path(book).open("rb") as stream:
        run = services.receive(
            actor, stream, sheet_code="registry.people", org_id=place.pk, org_path=place.path, name=Path(book).name
        )
    start = time.perf_counter()
    run = services.check(actor, run, resolve=resolve)
    checked = time.perf_counter()
    wrong = {"state": str(run.state), "refusal": run.refusal, "counts": run.counts}
    if run.state != "checked":
        raise SystemExit(f"the workbook was refused: {wrong}")
    run = services.commit(actor, run, mode="good_rows", resolve=resolve)
    done = time.perf_counter()
    counts = {k: v for k, v in run.counts.items() if isinstance(v, int)}
    print(json.dumps({"check_seconds": checked - start, "commit_seconds": done - checked, "counts": counts}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
