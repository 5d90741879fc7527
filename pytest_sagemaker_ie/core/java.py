r"""Do as the service's Java does: match a pattern, and order the elements of a set and a map in a message.

A pattern has to match the whole value. ``\d``, ``\w`` and ``\s`` are ASCII, and ``.`` matches no line terminator of
Java. Patterns such as ``\p{L}`` name Unicode categories, which Python's `re` does not have. So before the match, a
private character that stands for the category replaces each character that is not ASCII.

The live service's messages show an enum's values in the order of a hash set, and a map's entries in that of a hash map.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Final

_CATEGORIES: Final = (
    *("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po"),
    *("Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn"),
)
# The private character that stands for each category.
_PROXIES: Final = {category: chr(0xE000 + index) for index, category in enumerate(_CATEGORIES)}
_ASCII: Final = [(unicodedata.category(chr(code)), re.escape(chr(code))) for code in range(128)]
_PIECE: Final = re.compile(r"\\p\{(\w+)\}|\\.|\[\^?|\]|\.", re.DOTALL)
_LINE_TERMINATORS: Final = r"\n\r\u0085\u2028\u2029"


def java_matcher(pattern: str) -> Callable[[str], object]:
    """Return a function that returns a true value if a Java `pattern` matches the whole of a value."""
    match = re.compile(_translated(pattern), re.ASCII).fullmatch
    if r"\p{" not in pattern:
        return match
    return lambda value: match("".join(c if c.isascii() else _PROXIES[unicodedata.category(c)] for c in value))


def _translated(pattern: str) -> str:
    in_class = False

    def translate(piece: re.Match[str]) -> str:
        nonlocal in_class
        text = piece[0]
        if piece[1] is not None:
            members = "".join(
                character for category, character in (*_ASCII, *_PROXIES.items()) if category.startswith(piece[1])
            )
            return members if in_class else f"[{members}]"
        if text == "." and not in_class:
            return f"[^{_LINE_TERMINATORS}]"
        if text.startswith("["):
            # Java would nest the classes. No pattern of the service does so, and `re` warns of it.
            text = text if not in_class else rf"\{text}"
            in_class = True
        elif text == "]":
            in_class = False
        return text

    return _PIECE.sub(translate, pattern)


def set_order(values: Sequence[str]) -> list[str]:
    """Return an enum's values in the order of a message (source: SEEN in six messages of SageMaker)."""
    return sorted([*reversed(values)], key=lambda value: _hash_code(value) % 32)


def map_order(keys: Iterable[str]) -> list[str]:
    """Return a map's keys in the order of a message (source: SEEN in one message of a service next to SageMaker)."""
    codes, buckets = {key: _hash_code(key) for key in keys}, 16
    while len(codes) > buckets * 0.75:
        buckets *= 2
    return sorted(codes, key=lambda key: (codes[key] ^ (codes[key] >> 16)) % buckets)


def _hash_code(text: str) -> int:
    """Return Java's ``String.hashCode`` as an unsigned number of 32 bits."""
    code = 0
    units = text.encode("utf-16-be", "surrogatepass")
    for high, low in zip(units[::2], units[1::2], strict=True):
        code = (code * 31 + high * 256 + low) % 2**32
    return code
