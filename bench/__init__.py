"""Measurements of Shegong beside baselines that run in the same minute on the same machine. ``python -m bench --help``."""
