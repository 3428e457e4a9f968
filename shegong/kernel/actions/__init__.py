"""One word per deed, one door in. See docs/concepts/actions.md."""
