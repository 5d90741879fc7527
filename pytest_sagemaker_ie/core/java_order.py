"""The orders in which the service's Java shows what a hash set and a hash map hold.

Seen in messages of the live service: an enum's values stand in the order of a hash set, a map's entries in that of a
hash map.
"""

from collections.abc import Iterable, Sequence
from typing import Final

_SET_BUCKETS: Final = 32
_MAP_BUCKETS: Final = 16
_LOAD: Final = 0.75
"""How full a hash map gets before it has twice the buckets."""


def set_order(values: Sequence[str]) -> list[str]:
    """Return an enum's values in the order of a message (source: SEEN in six messages of SageMaker)."""
    return sorted([*reversed(values)], key=lambda value: _hash_code(value) % _SET_BUCKETS)


def map_order(keys: Iterable[str]) -> list[str]:
    """Return a map's keys in the order of a message (source: SEEN in one message of a service next to SageMaker)."""
    inserted = list(keys)
    buckets = _MAP_BUCKETS
    while len(inserted) > buckets * _LOAD:
        buckets *= 2

    def bucket(key: str) -> int:
        code = _hash_code(key)
        return (code ^ (code >> 16)) % buckets

    return sorted(inserted, key=bucket)


def _hash_code(text: str) -> int:
    """Return Java's ``String.hashCode`` as an unsigned number of 32 bits."""
    code = 0
    units = text.encode("utf-16-be", "surrogatepass")
    for high, low in zip(units[::2], units[1::2], strict=True):
        code = (code * 31 + high * 256 + low) % 2**32
    return code
