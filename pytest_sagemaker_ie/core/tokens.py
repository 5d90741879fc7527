"""NextToken: where a listing goes on, and for which listing, sealed so that an altered one is found out.

A token holds a position in the order, not a count, so that paging stays right while experiments come and go.
"""

import base64
import binascii
import hashlib
import json
from typing import Any

from pytest_sagemaker_ie.core.errors import ValidationException

__all__ = ["next_token", "position_of"]


def next_token(secret: bytes, listing: object, position: object) -> str:
    """Return the token for going on with `listing` after `position`; both are made of JSON types."""
    content = json.dumps([listing, position]).encode()
    return base64.urlsafe_b64encode(_seal(secret, content) + content).decode()


def position_of(secret: bytes, listing: object, token: str) -> Any:
    """Return the position that `token` holds.

    Raises:
        ValidationException: it was not issued by this account, was altered, or belongs to another listing.
    """
    try:
        sealed = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        sealed = b""
    if base64.urlsafe_b64encode(sealed).decode() != token:
        sealed = b""  # the same bytes, spelled in another way
    seal, content = sealed[:16], sealed[16:]
    if not content or seal != _seal(secret, content):
        raise ValidationException("NextToken is not one that a List call of this account returned.")
    issued_for, position = json.loads(content)
    if issued_for != listing:
        raise ValidationException("NextToken belongs to a List call with other filters or another order.")
    return position


def _seal(secret: bytes, content: bytes) -> bytes:
    return hashlib.blake2s(content, key=secret, digest_size=16).digest()
