"""Schemathesis against the whole API, in process: no answer of 500 or above, none that the schema does not promise.

Seeded: things of ``tests.world`` stand where half of the path parameters point, so that operations reach their answers. A run in
which an operation never answered 2xx is void.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig

from shegong.apps.casework.models import Referral
from shegong.kernel.orgs.reach import everything
from shegong.lib import idcard
from shegong.site.wsgi import application
from tests import world

from .callers import ROOT, token_of

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
RULES = {"enabled": True, "expected-statuses": [200, 201, 401, 403, 404, 409, 422, 429]}
MALFORMED = {"enabled": True, "expected-statuses": [400, 401, 403, 404, 422]}
CHECKS = {
    "positive_data_acceptance": RULES, "negative_data_rejection": MALFORMED, "missing_required_header": MALFORMED,
    "unsupported_method": {"enabled": True},
}  # fmt: skip


def _schema(*, coverage: bool) -> Any:
    """``coverage``: every bound of every field as well, which is many calls; once is enough."""
    config = {"seed": 20260301, "checks": CHECKS, "phases": {"coverage": {"enabled": coverage}}}
    return schemathesis.openapi.from_wsgi(
        f"{ROOT}openapi.json", application, config=SchemathesisConfig.from_dict(config)
    )


schema, few = _schema(coverage=True), _schema(coverage=False)
reached: dict[str, set[int]] = defaultdict(set)
called: list[int] = []
chance = random.Random(20260301)


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """Requests run inside the test's transaction, as those of Django's own client do."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def things(db: None) -> dict[str, list[str]]:
    """Path prefix → ids of rows that are there."""
    made = world.build().things
    return {"cases": [str(made["casework.case"].pk)], "referrals": [str(made["casework.referral"].pk)]}


def _aim(case: schemathesis.Case, things: dict[str, list[str]]) -> None:
    """Let most calls meet something that is there; wrong values that were meant to be wrong stay."""
    path = case.operation.path.removeprefix(ROOT)
    noun, given = path.split("/")[0], case.path_parameters or {}
    if "pk" in given and noun in things and chance.random() < 0.7:
        given["pk"] = chance.choice(things[noun])
    if "code" in given and chance.random() < 0.7:
        given["code"] = "casework.registered"
    if "table" in given and chance.random() < 0.7:
        given["table"] = "T09"
    if case.meta is None or not case.meta.generation.mode.is_positive or chance.random() < 0.4:
        return
    if "org" in (case.query or {}) and noun != "cases":
        case.query |= {"org": "town", "from": "2026-01", "to": "2026-03", "by": ""}
    if isinstance(case.body, dict):
        case.body |= {k: v for k, v in FITTING.items() if k in case.body}
    if noun == "referrals" and case.method == "POST":
        with everything():
            Referral.objects.update(state="accepted" if path.endswith("finish") else "sent", version=1)


FITTING = {
    "org": "town", "version": 1, "registered_on": None, "happened_on": None, "next_on": None, "employer_code": "", "client": None,
    "client_name": "", "client_phone": "", "text": "三个月没有发工资", "summary": "三个月没有发工资", "question": "三个月没有发工资",
    "answer": "三个月没有发工资", "reason": "三个月没有发工资", "id_number": idcard.synthetic(birth_on=dt.date(1990, 5, 6), sex="2"),
}  # fmt: skip


def _call(case: schemathesis.Case, account: str, things: dict[str, list[str]]) -> None:
    _aim(case, things)
    answer = case.call_and_validate(headers={"Authorization": f"Bearer {token_of(account)}"})
    called.append(answer.status_code)
    reached[f"{case.method} {case.operation.path}"].add(answer.status_code // 100)


FEW = settings(
    max_examples=10, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)  # fmt: skip


@schema.parametrize()
@FEW
def test_what_a_town_worker_may_call(case, things):
    _call(case, "town_worker", things)


@few.parametrize()
@FEW
def test_what_a_partner_may_call(case, things):
    _call(case, "partner", things)


@few.parametrize()
@FEW
def test_what_somebody_from_elsewhere_may_call(case, things):
    _call(case, "neighbour_county_clerk", things)


def test_the_run_was_no_void_one():
    """Every operation was reached and answered 2xx at least once, in enough calls to mean something."""
    if len(called) < 100:
        pytest.skip("only a part of the run was asked for")
    operations = {f"{m.upper()} {p}" for p, methods in schema.raw_schema["paths"].items() for m in methods}
    hollow = sorted(name for name in operations if 2 not in reached[name])
    assert not hollow, (hollow, len(called))
    assert max(called) < 500
