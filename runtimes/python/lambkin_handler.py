"""Finds the handler that `_HANDLER` names. Errors and texts are those of the official client."""

import importlib
import sys

from lambkin_errors import RuntimeFault, user_frames


def load_handler(name):
    """`pkg.mod.fn` or `pkg/mod.fn`; raises RuntimeFault under Lambda's names."""
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise RuntimeFault("Runtime.MalformedHandlerName", "Bad handler '%s': %s" % (name, error)) from None
    module_name = module_name.replace("/", ".")
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise RuntimeFault(
            "Runtime.BuiltInModuleConflict",
            "Cannot use built-in module %s as a handler module" % module_name,
        )
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise RuntimeFault(
            "Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, error)
        ) from None
    except SyntaxError as error:
        frame = '  File "%s" Line %s\n    %s' % (error.filename, error.lineno, (error.text or "").rstrip("\n"))
        raise RuntimeFault(
            "Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error), [frame]
        ) from None
    except SystemExit as error:
        raise RuntimeFault("Runtime.ExitError", str(error), user_frames(error)) from None
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise RuntimeFault(
            "Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function_name, module_name)
        ) from None
