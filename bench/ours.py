"""Shegong's own settings with the counter in front; nothing else differs from what is served."""

from shegong.site.settings import *  # noqa: F403
from shegong.site.settings import MIDDLEWARE, STORAGES

MIDDLEWARE = ["bench.counting.counting_middleware", *MIDDLEWARE]
# no collectstatic needed: pages name the files, nobody fetches them here
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
