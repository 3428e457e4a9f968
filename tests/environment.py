"""Loaded by pytest before anything else (``-p tests.environment``): settings are read earlier than conftest."""

import os
from pathlib import Path

os.environ.setdefault("SHEGONG_MODE", "test")
os.environ.setdefault("SHEGONG_VAR", str(Path(__file__).parent.parent / ".test-var"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shegong.site.settings")
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's sync API keeps an event loop
