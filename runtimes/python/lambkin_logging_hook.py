"""Sets logging up when the function imports it.

Importing logging takes 5 to 10 ms, so a function that does not use it should not wait for it.
"""

import sys


def install():
    """Puts Lambda's handler on the root logger, now if logging is there already and else when it is first imported."""
    if "logging" in sys.modules:
        _set_up(sys.modules["logging"])
    else:
        sys.meta_path.insert(0, _Finder())


def _set_up(module):
    # A module of the function's own may have taken the name.
    if hasattr(module, "getLogger") and hasattr(module, "Formatter"):
        import lambkin_logging

        lambkin_logging.install()


class _Finder:
    def find_spec(self, name, path=None, target=None):
        """Finds logging as the other finders do, and has it set up after it is loaded."""
        if name != "logging":
            return None
        sys.meta_path.remove(self)
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader)
                return spec
        return None


class _Loader:
    def __init__(self, loader):
        self._loader = loader

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        _set_up(module)
