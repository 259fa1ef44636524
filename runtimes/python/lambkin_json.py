"""Values from and to JSON texts, written as the official client's JSON library writes them.

The json package takes 5 ms to import, for it compiles regular expressions that its C half does without. So the C half
is used by itself; where it is missing or has changed, and for the words of an error, the package does the work.
"""

import os

try:
    import _json
except ImportError:
    _json = None

# Up to python3.11 everything outside ASCII is escaped, from python3.12 on it is written as it is.
_RUNTIME = os.environ.get("AWS_EXECUTION_ENV", "").rpartition("python3.")[2]
_ESCAPES = _RUNTIME.isdigit() and int(_RUNTIME) < 12
_WHITESPACE = " \t\n\r"


class _ScannerSettings:
    """What json.JSONDecoder() hands to the C scanner."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    array_hook = None
    parse_float = float
    parse_int = int
    parse_constant = {"-Infinity": float("-inf"), "Infinity": float("inf"), "NaN": float("nan")}.__getitem__
    memo = {}


try:
    _scan = _json.make_scanner(_ScannerSettings)
except (AttributeError, TypeError):
    _scan = None


def from_json(data):
    """The value of UTF-8 JSON bytes; raises ValueError when they are not JSON."""
    text = data.decode("utf-8")
    if _scan:
        try:
            value, end = _scan(text, len(text) - len(text.lstrip(_WHITESPACE)))
            if not text[end:].strip(_WHITESPACE):
                return value
        except Exception:  # pylint: disable=broad-except
            # The package tells the same error in its own words.
            pass
    import json

    return json.loads(text)


def to_json(value):
    """The value as UTF-8 JSON; raises TypeError or ValueError when it has no JSON form."""
    numbers = {}
    text = _encode(value, lambda other: _convert(other, numbers))
    for token, number in numbers.items():
        text = text.replace('"%s"' % token, number)
    # Half of a surrogate pair has no UTF-8 form; a question mark keeps the rest of the result readable.
    return text.encode("utf-8", "replace")


def _encode(value, default):
    try:
        strings = _json.encode_basestring_ascii if _ESCAPES else _json.encode_basestring
        encoder = _json.make_encoder({}, default, strings, None, ": ", ", ", False, False, True)
    except (AttributeError, TypeError):
        import json

        return json.dumps(value, ensure_ascii=_ESCAPES, default=default)
    return "".join(encoder(value, 0))


def _convert(value, numbers):
    if isinstance(value, bytes):
        return value.decode("utf-8")
    # Whoever has a Decimal has imported its module already.
    if type(value).__name__ == "Decimal" and hasattr(value, "is_nan"):
        if value.is_nan():
            return float("nan")
        # JSON's encoder writes no numbers but int and float, and a float would lose digits: a text stands for it until the end.
        token = "lambkin-%s" % os.urandom(12).hex()
        numbers[token] = str(value)
        return token
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)
