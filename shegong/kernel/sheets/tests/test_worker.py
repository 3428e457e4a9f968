"""The very worker process does the job that a page asked for, and once only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

from shegong.kernel.orgs.reach import everything
from shegong.kernel.sheets.models import RunState

from .test_pages import rows_with_one_bad, send, sign_in, the_run

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
Person = apps.get_model("registry", "Person")  # a layer above: asked for by name
ROOT = Path(__file__).parents[4]
WORK = """
import django; django.setup()
from procrastinate.contrib.django import app
with app.replace_connector(app.connector.get_worker_connector()):
    app.run_worker(wait=False, delete_jobs="never", install_signal_handlers=False)
"""


def waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs where task_name = 'sheets.perform' and status = 'todo'")
        return cursor.fetchone()[0]


def work(url: str, store: Path) -> None:
    env = {
        **os.environ, "SHEGONG_DATABASE_URL": url, "SHEGONG_FILES_DIR": str(store), "SHEGONG_KEY_DIR": str(store.parent / "keys"),
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", WORK], env=env, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_checked_and_taken_in_by_the_worker_process(committed, own_store):
    client = sign_in("town_worker")
    send(client, rows_with_one_bad())
    run = the_run()
    assert run.state == RunState.UPLOADED and waiting() == 1
    client.post(f"/imports/{run.pk}/check")  # asked twice is asked once
    assert waiting() == 1
    work(committed, own_store)
    run = the_run()
    assert (run.state, run.counts["good"], run.counts["bad"]) == (RunState.CHECKED, 2, 1)
    client.post(f"/imports/{run.pk}/confirm", {"mode": "good_rows"})
    work(committed, own_store)
    assert the_run().state == RunState.DONE and waiting() == 0
    with everything():
        assert Person.objects.filter(name__in=["卓一", "卓三"]).count() == 2
