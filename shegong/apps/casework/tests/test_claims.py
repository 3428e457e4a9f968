"""The page of claims: each calculator shows its inputs, the answer, and what is wrong beside the input."""

from __future__ import annotations

import pytest

from shegong.lib.claims import CALCULATORS
from tests.test_access import sign_in

pytestmark = pytest.mark.django_db


def page(**given: str) -> str:
    answer = sign_in("town_worker").get("/claims/reckon", given)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("code", CALCULATORS)
def test_each_calculator_asks_for_its_inputs(code):
    shown = page(claim=code)
    for asked in CALCULATORS[code].asks:
        assert f'name="{asked.name}"' in shown
    assert f'name="claim" value="{code}"' in shown


def test_the_answer_names_article_formula_inputs_and_steps():
    shown = page(
        claim="double_wage", started_on="2025-01-15", ended_on="2026-03-01", contract_on="", monthly_fen="5,000"
    )
    assert "55,000.00元" in shown
    assert "《劳动合同法》第八十二条" in shown
    assert "2025年2月15日" in shown
    assert "5,000.00元" in shown


def test_what_cannot_be_stands_beside_its_input_and_nothing_is_reckoned():
    shown = page(claim="compensation", started_on="2025-05-01", ended_on="2025-01-01", monthly_fen="5000")
    assert "截止日早于起始日" in shown
    missing = page(claim="compensation", started_on="2025-05-01", ended_on="", monthly_fen="5000")
    for refused in (shown, missing):
        assert refused.count("sg-field-error") == 1
        assert "sg-grid" not in refused


def test_the_formula_of_every_calculator_is_shown_with_its_answer():
    assert "× 200%" in page(claim="annual_leave", worked_years="5", from_on="2025-01-01", to_on="2025-12-31", taken="0", monthly_fen="5000")
    assert "50% 至 100%" in page(claim="after_order", unpaid_fen="1000")


def test_an_unknown_claim_is_the_first_one():
    assert 'name="started_on"' in page(claim="x")
