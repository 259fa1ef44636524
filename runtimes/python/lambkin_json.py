"""Values as JSON texts, written as the official client's JSON library writes them."""

import json
import os

# Up to python3.11 everything outside ASCII is escaped, from python3.12 on it is written as it is.
_RUNTIME = os.environ.get("AWS_EXECUTION_ENV", "").rpartition("python3.")[2]
_ESCAPES = _RUNTIME.isdigit() and int(_RUNTIME) < 12


def to_json(value):
    """The value as UTF-8 JSON; raises TypeError or ValueError when it has no JSON form."""
    numbers = {}
    text = json.dumps(value, ensure_ascii=_ESCAPES, default=lambda other: _convert(other, numbers))
    for token, number in numbers.items():
        text = text.replace('"%s"' % token, number)
    # Half of a surrogate pair has no UTF-8 form; a question mark keeps the rest of the result readable.
    return text.encode("utf-8", "replace")


def _convert(value, numbers):
    if isinstance(value, bytes):
        return value.decode("utf-8")
    # Whoever has a Decimal has imported its module already.
    if type(value).__name__ == "Decimal" and hasattr(value, "is_nan"):
        if value.is_nan():
            return float("nan")
        # json writes no number but int and float, and a float would lose digits: a text stands for it until the end.
        token = "lambkin-%s" % os.urandom(12).hex()
        numbers[token] = str(value)
        return token
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)
