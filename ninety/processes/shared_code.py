"""Loading the code of the product once, before a process forks, so that its copies share it."""

import gc
import importlib
import pkgutil

PAGES = "ninety.web"
"""Named and not imported, as the modules that are asked for: nothing here depends on them."""


def load(*modules: str) -> None:
    """Load the application's code and that of `modules`.

    Only code: what is made of it, its files, locks and connections, is each
    process's own and must not come through a fork.
    """
    pages = importlib.import_module(PAGES)
    for module in pkgutil.iter_modules(pages.__path__, f"{PAGES}."):
        importlib.import_module(module.name)
    for name in modules:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # the collector writes to what it looks at, and what is written is copied
