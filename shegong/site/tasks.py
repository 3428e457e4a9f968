"""Heavy jobs of the site, done by the worker process. procrastinate finds this module by its name."""

from __future__ import annotations

from procrastinate.contrib.django import app


@app.task(name="site.check_trail", queue="heavy", retry=False)
def check_trail(pk: int) -> None:
    """Verify the whole trail and keep the result in ``TrailCheck``."""
    from .trail import perform_check

    perform_check(pk)
