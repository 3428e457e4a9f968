"""The kit is tested by itself: its own templates, no context processor of the site."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [Path(__file__).parents[1] / "templates"],
        "OPTIONS": {"environment": "shegong.ui.jinja.environment"},
    }
]


@pytest.fixture(scope="module", autouse=True)
def only_the_kit() -> Iterator[None]:
    with override_settings(TEMPLATES=TEMPLATES):
        yield
