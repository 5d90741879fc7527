r"""The service model's patterns are Java's; this module makes functions of them that match as Java would.

The whole value must match. ``\d``, ``\w`` and ``\s`` are ASCII, and ``.`` stops at every line terminator Java knows.
``\p{L}`` and its like name Unicode categories, which Python's `re` has not got. They are matched by proxy: each
character beyond ASCII is replaced by one that stands for its category before the value is matched.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

_CATEGORIES: Final = (
    *("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po"),
    *("Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn"),
)
# A private character stands for each category.
_PROXIES: Final = {category: chr(0xE000 + index) for index, category in enumerate(_CATEGORIES)}
_ASCII: Final = [(unicodedata.category(chr(code)), re.escape(chr(code))) for code in range(128)]
_PIECE: Final = re.compile(r"\\p\{(\w+)\}|\\.|\[\^?|\]|\.", re.DOTALL)
_LINE_TERMINATORS: Final = r"\n\r\u0085\u2028\u2029"


def java_matcher(pattern: str) -> Callable[[str], object]:
    """Return a function that tells whether the whole of a value matches a Java `pattern`."""
    match = re.compile(_translated(pattern), re.ASCII).fullmatch
    return match if r"\p{" not in pattern else lambda value: match("".join(map(_proxy, value)))


def _proxy(character: str) -> str:
    return character if character.isascii() else _PROXIES[unicodedata.category(character)]


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
            # Java nests classes; the service's patterns do not, and re would warn of it.
            text = text if not in_class else rf"\{text}"
            in_class = True
        elif text == "]":
            in_class = False
        return text

    return _PIECE.sub(translate, pattern)
