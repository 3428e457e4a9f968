"""The door of the JSON API: who comes in, in which language, how errors look, once and not too often."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path

import pytest

from shegong.kernel.orgs.models import User
from shegong.site import api

from .callers import Caller, token_of

pytestmark = pytest.mark.django_db
SNAPSHOT = Path(__file__).parent / "openapi.json"
CASE = {"org": "town", "line": "rights", "summary": "三个月没有发工资"}


def test_the_schema_is_the_one_agreed_on():
    """A change of the API is a change of this file; ``SHEGONG_RENEW=1 pytest tests/api/test_door.py`` writes it anew."""
    now = json.dumps(api.schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if os.environ.get("SHEGONG_RENEW"):
        SNAPSHOT.write_text(now)
    assert now == SNAPSHOT.read_text()


def test_the_schema_is_served_to_all_and_nothing_else_is():
    caller = Caller()
    served = caller.get("openapi.json")
    assert served.status_code == 200 and served.json()["openapi"].startswith("3.1")
    for path in served.json()["paths"]:
        for method in served.json()["paths"][path]:
            address = path.replace("/api/v1/", "").replace("{pk}", str(uuid.uuid4())).replace("{table}", "T09")
            answer = getattr(caller, method)(address)
            assert answer.status_code == 401, (method, path)
            assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["docs", "", "nothing", "cases/1/2/3", "../v2/cases"])
def test_no_other_address_and_no_page_of_a_foreign_host(path):
    answer = Caller("town_worker").get(path)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("kind", ["wrong", "revoked", "expired", "suspended", "basic"])
def test_a_token_that_is_no_longer_good(kind):
    token = {
        "wrong": lambda: "sg_nonsense", "revoked": lambda: token_of("town_worker", revoked=True),
        "expired": lambda: token_of("town_worker", days=-1), "suspended": lambda: token_of("suspended"), "basic": lambda: "x",
    }[kind]()  # fmt: skip
    caller = Caller(token=token)
    if kind == "basic":
        caller.headers["Authorization"] = "Basic dG93bl93b3JrZXI6eA=="
    assert caller.get("me").status_code == 401


def test_an_account_closed_a_moment_ago_is_out_at_once():
    caller = Caller("colleague")
    assert caller.get("me").status_code == 200
    User.objects.filter(username="colleague").update(is_active=False)
    assert caller.get("me").status_code == 401


def test_me_names_todays_posts_only():
    assert Caller("town_worker").get("me").json()["posts"] == [
        {"role": "town_worker", "role_name": "Town social worker", "org": "town", "org_name": "石牌街道总工会"}
    ]
    assert Caller("expired").get("me").json()["posts"] == []


def test_a_session_reads_but_changes_only_with_its_csrf_token():
    caller = Caller(session="town_worker")
    assert caller.get("me").json()["via"] == "web"
    refused = caller.post("cases", CASE)
    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"
    caller.client.get("/me")
    token = caller.client.cookies["csrf"].value
    assert caller.post("cases", CASE, **{"X-CSRFToken": token}).status_code == 201


def test_a_token_needs_no_csrf():
    assert Caller("town_worker").post("cases", CASE).status_code == 201


# --- malformed --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**CASE, "state": "closed"}, "state"), ({**CASE, "org_path": "1."}, "org_path"), ({**CASE, "source": "walk_in"}, "source"),
        ({**CASE, "people": "3"}, "people"), ({**CASE, "people": True}, "people"), ({**CASE, "line": "nonsense"}, "line"),
        ({**CASE, "summary": "有\x00"}, "summary"), ({**CASE, "registered_on": 5}, "registered_on"),
        ({**CASE, "registered_on": "2026-02-30"}, "registered_on"), ({**CASE, "client": {"name": "张", "role": "x"}}, "client.role"),
        ({"org": "town", "line": "rights"}, "summary"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_schema_is_400_and_names_the_field(body, field):
    answer = Caller("town_worker").post("cases", body)
    assert answer.status_code == 400
    assert field in [e["field"] for e in answer.json()["errors"]]


def test_no_json_no_key_unknown_query_and_wrong_method():
    caller = Caller("town_worker")
    broken = caller.client.post(
        "/api/v1/cases",
        "{",
        content_type="application/json",
        headers={**caller.headers, "Idempotency-Key": str(uuid.uuid4())},
    )
    assert broken.status_code == 400
    keyless = caller.post("cases", CASE, key=None)
    assert (keyless.status_code, keyless.json()["field"]) == (400, "Idempotency-Key")
    assert caller.post("cases", CASE, key="not-a-uuid").status_code == 400
    for name in ("_connector", "client__id_number", "org_path", "state__in"):
        answer = caller.get("cases", **{name: "x"})
        assert (answer.status_code, answer.json()["field"]) == (400, name)
    wrong = caller.client.delete("/api/v1/cases", headers=caller.headers)
    assert wrong.status_code == 405 and "GET" in wrong["Allow"] and wrong["Content-Type"] == "application/problem+json"


def test_rules_are_422_and_name_the_field():
    caller = Caller("town_worker")
    for body, field in (({**CASE, "org": "nowhere"}, "org"), ({**CASE, "employer_code": "91X"}, "employer_code"),
                        ({**CASE, "registered_on": "2999-01-01"}, "registered_on"),
                        ({**CASE, "client": {"name": "张三", "id_number": "110101199003070000"}}, "client_id_number")):  # fmt: skip
        answer = caller.post("cases", body)
        assert (answer.status_code, answer.json().get("field")) == (422, field), answer.content.decode()


def test_errors_speak_the_language_that_was_asked_for():
    english, chinese = (
        Caller("town_worker", language="en-GB,en;q=0.9"),
        Caller("town_worker", language="zh-CN,en;q=0.5"),
    )
    assert english.get("cases/" + str(uuid.uuid4()))["Content-Language"] == "en"
    answer = chinese.get("cases/" + str(uuid.uuid4()))
    assert answer["Content-Language"] == "zh-hans"
    assert Caller("town_worker", language="fr").get("me")["Content-Language"] == "zh-hans"


def test_a_fault_of_ours_is_undone_and_told_by_number_only(monkeypatch):
    from shegong.apps.casework import api as operations
    from shegong.apps.casework.models import Case
    from shegong.kernel.orgs.reach import everything

    made = operations.create_case

    def broken(*args, **kwargs):
        made(*args, **kwargs)
        raise RuntimeError("秘密")

    monkeypatch.setattr(operations, "create_case", broken)
    with everything():
        before = Case.objects.count()
    answer = Caller("town_worker").post("cases", CASE)
    assert answer.status_code == 500
    assert answer.json()["incident"] and "秘密" not in answer.content.decode()
    with everything():
        assert Case.objects.count() == before


# --- once, and not too often ----------------------------------------------------------------------------------------------
def test_the_same_key_gives_the_same_answer_and_another_body_is_refused():
    caller, key = Caller("town_worker"), uuid.uuid4()
    first, second = caller.post("cases", CASE, key=key), caller.post("cases", CASE, key=key)
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert "Idempotent-Replay" not in first and second["Idempotent-Replay"] == "true"
    other = caller.post("cases", {**CASE, "people": 2}, key=key)
    assert (other.status_code, other.json()["field"]) == (422, "Idempotency-Key")
    elsewhere = Caller("colleague").post("cases", CASE, key=key)  # keys belong to accounts
    assert elsewhere.json()["id"] != first.json()["id"]


def test_too_often_is_429_for_this_token_alone(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(api, "buckets", api.Buckets(0.5, 3, lambda: clock[0]))
    caller, other = Caller("town_worker"), Caller("colleague")
    assert [caller.get("me").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = caller.get("me")
    assert (answer.status_code, answer["Retry-After"]) == (429, "2")
    assert other.get("me").status_code == 200
    clock[0] = 2.0
    assert caller.get("me").status_code == 200


def test_the_least_used_buckets_are_forgotten(monkeypatch):
    monkeypatch.setattr(api, "MOST_BUCKETS", 3)
    made = api.Buckets(1, 1, lambda: 0.0)
    for key in "abcda":
        made.take(key)
    assert set(made._levels) == {"c", "d", "a"}
