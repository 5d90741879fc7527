"""The table of what is changed in other libraries while accounts are active, and why.

All private names of botocore, aiobotocore, moto and multiprocessing are here and nowhere else. `install` applies the
rows and undoes them. This module imports nothing of the package.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Final

Steps = Generator[tuple[tuple[Any, ...], dict[str, Any]], Any, Any]
"""A patched call. It returns a result at once, or it yields the arguments of the original function, receives that
function's result, and returns what the caller gets."""


@dataclass(frozen=True, slots=True)
class Patch:
    """One attribute that is replaced."""

    module: str  # its name; *.spawn is every module with that last name
    attribute: str
    steps: str  # the module of this room, and the generator function in it that returns `Steps`
    why: str  # what the patch does, as the end of a sentence
    required: bool = True  # whether an account needs it


_ANSWER: Final = "answers the calls of inference experiments"
_STOP: Final = "stops the requests that are not answered"
_NOTE: Final = "notes the calls whose parameters botocore refuses"
_WAIT: Final = "skips the waits between attempts"
_LIMIT: Final = "skips adaptive rate limits"
_MAKE: Final = "gives SageMaker clients a region, and lets them look for credentials late"
_KEEP: Final = "keeps botocore from renewing the credentials of a role"
_KEYS: Final = "get_frozen_credentials"
_URL: Final = "generate_presigned_url"
_PRESIGN: Final = "signs presigned URLs of SageMaker clients with made-up credentials"
_ASK: Final = "keeps moto from answering calls for which a fault is scripted"
_SPAWN: Final = "lets child processes refuse what their parent would answer"

TABLE: Final = (
    # botocore emits `before-call` before this and `after-call` after it, so it calls every handler.
    Patch("botocore.endpoint", "Endpoint._send_request", "answering.request", _ANSWER),
    Patch("aiobotocore.endpoint", "AioEndpoint._send_request", "answering.request", _ANSWER),
    # The last step before the connection, after Stubber, moto and handlers of `before-send`.
    Patch("botocore.endpoint", "Endpoint._send", "answering.send", _STOP),
    Patch("aiobotocore.endpoint", "AioEndpoint._send", "answering.send", _STOP),
    Patch("botocore.validate", "ParamValidationDecorator.serialize_to_request", "answering.validate", _NOTE, False),
    # The endpoints choose the wait before a retry with this function, and then sleep.
    Patch("botocore.endpoint", "first_non_none_response", "attempts.skip_wait", _WAIT, False),
    Patch("aiobotocore.endpoint", "first_non_none_response", "attempts.skip_wait", _WAIT, False),
    Patch("botocore.retries.bucket", "TokenBucket._sleep_amount", "attempts.skip_limit", _LIMIT, False),
    Patch("aiobotocore.retries.bucket", "AsyncTokenBucket._sleep_amount", "attempts.skip_limit", _LIMIT, False),
    Patch("botocore.session", "Session.create_client", "sessions.make_client", _MAKE),
    Patch("aiobotocore.session", "AioSession._create_client", "sessions.make_client", _MAKE),
    Patch("botocore.credentials", f"RefreshableCredentials.{_KEYS}", "attempts.keep_keys", _KEEP, False),
    Patch("aiobotocore.credentials", f"AioRefreshableCredentials.{_KEYS}", "attempts.keep_keys", _KEEP, False),
    Patch("botocore.signers", f"RequestSigner.{_URL}", "credentials.presign", _PRESIGN, False),
    Patch("aiobotocore.signers", f"AioRequestSigner.{_URL}", "credentials.presign", _PRESIGN, False),
    Patch("moto.core.botocore_stubber", "BotocoreStubber.__call__", "attempts.pass_by_moto", _ASK, False),
    # multiprocessing, multiprocess, billiard and joblib have such a module.
    Patch("*.spawn", "get_preparation_data", "processes.prepare", _SPAWN, False),
)

# Private names of objects of botocore, boto3 and unittest.mock. They are read; a comment says which are written, too.
PARSERS: Final = "_response_parser_factory"  # of an endpoint: makes parsers with the session's timestamp parser
LAST_REFILL: Final = "_last_timestamp"  # of a token bucket: when it was filled; written
CREDENTIALS: Final = "_credentials"  # of a botocore session: those that it has; of a signer, written
SIGNS_FOR: Final = "_service_id"  # of a signer
CURRENT_KEYS: Final = "_frozen_credentials"  # of refreshable credentials: the keys before they are renewed
LOADED: Final = "_cache"  # of a session's loader: what it has read; added to
BOTOCORE_SESSION: Final = "_session"  # of a boto3 session
GET_COMPONENT: Final = "_get_internal_component"  # of a botocore session, for what makes its clients' exceptions
SET_COMPONENT: Final = "_register_internal_component"
EXCEPTIONS: Final = "exceptions_factory"
HANDLERS: Final = ("_emitter", "_lookup_cache")  # of a session's events: a new object after each registration
PARTS: Final = ("_endpoint", "_request_signer", "_ruleset_resolver")  # of a client: these emit events
ENDPOINT, SIGNER, _ = PARTS
EMITTER: Final = "_event_emitter"  # of those parts: it emits the events; written in copies
CLIENT_CONFIG: Final = "_client_config"  # of a client and its meta; written in copies
SIGNING: Final = "request-created.sagemaker"  # the event for which a client registers its signer,
RETRYING: Final = ("needs-retry.sagemaker", "retry-config-sagemaker")  # and its retries, and their id
ACTIVE_PATCHES: Final = ("_patch", "_active_patches")  # of unittest.mock, with which moto replaces the default session
