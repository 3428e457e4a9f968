"""WRITE: the only door by which casework changes. Every module of this folder declares its services on import."""

import pkgutil
from importlib import import_module

for _module in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
