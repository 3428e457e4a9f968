"""TAKE: the base of every deed's form. A form shapes human input; rights and state are never its business."""

from __future__ import annotations

from typing import Any

from django import forms

from shegong.kernel.orgs.reach import Actor


class DeedForm(forms.Form):
    """A form that knows who acts and on what, so that choices can be drawn from their reach."""

    use_required_attribute = False  # errors come from one place, in our words

    def __init__(self, *args: Any, actor: Actor, target: Any, **kwargs: Any) -> None:
        self.actor = actor
        self.target = target
        super().__init__(*args, **kwargs)
        self.prepare()

    def prepare(self) -> None:
        """Set choices and initial values from ``actor`` and ``target``. For subclasses."""
