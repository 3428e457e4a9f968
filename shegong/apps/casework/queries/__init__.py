"""READ: the only door by which casework is read; everything starts from what the actor may reach."""

import pkgutil
from importlib import import_module

for _module in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
