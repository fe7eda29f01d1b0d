"""Run the third-party Stripe server: `python3.13 stripe_world.py --port 8430 --reset-options '{"startup": …}'`.

seahaven-stripe-world asks for Python 3.14 and is run here on 3.13 with its files untouched: an import hook compiles its
sources with lazy annotations (PEP 649 by `from __future__ import annotations`) and puts parentheses around
`except A, B:` (PEP 758). Runs in that Python, where nothing of Flint is installed; see stripe_world_setup.py.
"""

import __future__

import enum
import importlib
import importlib.machinery
import inspect
import re
import sys
import types
from collections.abc import Sequence
from typing import Any

PACKAGES = ("seahaven", "seahaven_stripe_world")
EXCEPT = re.compile(r"^(\s*except )([\w.]+(?:\s*,\s*[\w.]+)+)(\s*:)", re.MULTILINE)


class OlderLoader(importlib.machinery.SourceFileLoader):
    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> types.CodeType:
        source = EXCEPT.sub(r"\1(\2)\3", data.decode() if isinstance(data, bytes) else data)
        lazy = __future__.annotations.compiler_flag
        return compile(source, path, "exec", flags=lazy, dont_inherit=True, optimize=_optimize)

    def get_code(self, fullname):
        """Compiled anew each time: a .pyc on disk could be of the other dialect."""
        return self.source_to_code(self.get_data(self.path), self.path)


class OlderFinder:
    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name.partition(".")[0] not in PACKAGES:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec and spec.origin and spec.origin.endswith(".py"):
            spec.loader = OlderLoader(name, spec.origin)
        return spec


def _get_annotations(of, *, globals=None, locals=None, eval_str=False, format=1):
    return inspect.get_annotations(of, globals=globals, locals=locals, eval_str=format != 4)


def make_room() -> None:
    """Let the packages be imported on Python 3.13: the hook, and a stand-in for 3.14's annotationlib."""
    sys.meta_path.insert(0, OlderFinder)
    annotationlib = types.ModuleType("annotationlib")
    names = {"VALUE": 1, "VALUE_WITH_FAKE_GLOBALS": 2, "FORWARDREF": 3, "STRING": 4}
    vars(annotationlib).update(Format=enum.IntEnum("Format", names), get_annotations=_get_annotations)
    sys.modules["annotationlib"] = annotationlib


def main() -> None:
    if sys.version_info < (3, 14):
        make_room()
    world = importlib.import_module("seahaven_stripe_world").world
    handle = importlib.import_module("seahaven_stripe_world.http_api").handle
    importlib.import_module("seahaven.http").main(world, handle)


if __name__ == "__main__":
    main()
