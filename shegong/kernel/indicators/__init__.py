"""Figures recorded once and reported everywhere. See docs/concepts/indicators.md."""
