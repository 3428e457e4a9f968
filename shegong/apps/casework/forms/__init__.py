"""TAKE: the shape of human input, one form per deed. Every module of this folder declares its forms on import."""

import pkgutil
from importlib import import_module

for _module in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
