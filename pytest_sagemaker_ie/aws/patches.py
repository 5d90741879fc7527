"""The table of what is changed in other libraries while accounts are active, and why.

All private names of botocore, aiobotocore, moto and multiprocessing stand here and nowhere else. `install` applies a
row when it is first needed and undoes it when it is needed no more. This module imports nothing of the package.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["TABLE", "Patch"]

# When a row is needed; flags.
ACCOUNT: Final = 1  # an account is active
GUARD: Final = 2  # the run is guarded
REGION: Final = 4  # the run has a region for clients that are made while modules are imported


@dataclass(frozen=True, eq=False, slots=True)
class Patch:
    """One attribute that is replaced."""

    module: str
    """Where it is; ``*.spawn`` stands for each module of that last name."""
    attribute: str
    steps: str
    """The module of this room, and the generator function in it that says what to do: see `install.Steps`."""
    why: str
    """What it does, as the end of a sentence."""
    needed: int = ACCOUNT
    required: bool = True
    """Whether an account can't be entered without it."""


_SENDING: Final = ACCOUNT | GUARD
_MAKING: Final = ACCOUNT | REGION

_ANSWER: Final = "answers the calls of inference experiments"
_STOP: Final = "stops what is not answered"
_VALIDATE: Final = "serialize_to_request"
_NOTE: Final = "notes the calls that botocore refuses itself because of their parameters"
_WAIT: Final = "skips the waits between attempts"
_LIMIT: Final = "skips adaptive rate limits"
_MAKE: Final = "gives SageMaker clients a region, and lets them look for credentials late"
_LOOK: Final = "lets SageMaker clients look for credentials late"
_KEEP: Final = "keeps credentials of a role from being fetched anew"
_KEYS: Final = "get_frozen_credentials"
_URL: Final = "generate_presigned_url"
_PRESIGN: Final = "signs presigned URLs of SageMaker clients with made-up credentials"
_READ: Final = "lets sessions share what botocore reads from its data files"
_ASK: Final = "keeps moto from answering calls for which a fault is scripted"
_SPAWN: Final = "lets child processes refuse what their parent would answer"

TABLE: Final = (
    # botocore emits `before-call` before this and `after-call` after it, so every handler of the code is called.
    Patch("botocore.endpoint", "Endpoint._send_request", "answering.request", _ANSWER, _SENDING),
    Patch("aiobotocore.endpoint", "AioEndpoint._send_request", "answering.request", _ANSWER, _SENDING),
    # The last step before the connection: Stubber, moto and handlers of `before-send` have been asked.
    Patch("botocore.endpoint", "Endpoint._send", "answering.send", _STOP, _SENDING),
    Patch("aiobotocore.endpoint", "AioEndpoint._send", "answering.send", _STOP, _SENDING),
    Patch(
        "botocore.validate",
        "ParamValidationDecorator.serialize_to_request",
        "answering.validate",
        _NOTE,
        required=False,
    ),
    # What the endpoints choose the wait before a retry with: which loop sleeps then does not matter.
    Patch("botocore.endpoint", "first_non_none_response", "attempts.wait", _WAIT, required=False),
    Patch("aiobotocore.endpoint", "first_non_none_response", "attempts.wait", _WAIT, required=False),
    Patch("botocore.retries.bucket", "TokenBucket._sleep_amount", "attempts.limit", _LIMIT, required=False),
    Patch("aiobotocore.retries.bucket", "AsyncTokenBucket._sleep_amount", "attempts.limit", _LIMIT, required=False),
    Patch("botocore.session", "Session.create_client", "sessions.make_client", _MAKE, _MAKING),
    Patch("aiobotocore.session", "AioSession._create_client", "sessions.make_client", _MAKE, _MAKING),
    Patch("botocore.session", "Session.get_credentials", "credentials.look", _LOOK),
    Patch("aiobotocore.session", "AioSession.get_credentials", "credentials.look", _LOOK),
    Patch("botocore.credentials", f"RefreshableCredentials.{_KEYS}", "credentials.keep", _KEEP, required=False),
    Patch("aiobotocore.credentials", f"AioRefreshableCredentials.{_KEYS}", "credentials.keep", _KEEP, required=False),
    Patch("botocore.signers", f"RequestSigner.{_URL}", "credentials.presign", _PRESIGN, required=False),
    Patch("aiobotocore.signers", f"AioRequestSigner.{_URL}", "credentials.presign", _PRESIGN, required=False),
    Patch("botocore.loaders", "Loader.load_data_with_path", "sessions.load_data", _READ, required=False),
    Patch("botocore.loaders", "Loader.load_service_model", "sessions.load_model", _READ, required=False),
    Patch("botocore.loaders", "Loader.list_available_services", "sessions.list_services", _READ, required=False),
    Patch("moto.core.botocore_stubber", "BotocoreStubber.__call__", "beside_moto.ask", _ASK, required=False),
    # Those of multiprocessing, multiprocess, billiard and joblib, to name a few.
    Patch("*.spawn", "get_preparation_data", "processes.prepare", _SPAWN, _SENDING, required=False),
)

# What is read of objects of botocore, boto3 and unittest.mock.
PARSERS: Final = "_response_parser_factory"  # of an endpoint: makes parsers with the session's timestamp parser
LAST_REFILL: Final = "_last_timestamp"  # of a token bucket: when it was filled
OWN_CREDENTIALS: Final = "_credentials"  # of a botocore session: those that it was given or has found; of a signer
SIGNS_FOR: Final = "_service_id"  # of a signer
CURRENT_KEYS: Final = "_frozen_credentials"  # of refreshable credentials: the keys before they are fetched anew
BOTOCORE_SESSION: Final = "_session"  # of a boto3 session
GET_COMPONENT: Final = "_get_internal_component"  # of a botocore session, for what makes its clients' exceptions
SET_COMPONENT: Final = "_register_internal_component"
EXCEPTIONS: Final = "exceptions_factory"
HANDLERS: Final = ("_emitter", "_lookup_cache")  # of a session's events: another object after each registration
EMITTING: Final = ("_endpoint", "_request_signer", "_ruleset_resolver")  # the parts of a client that emit events,
EMITTER: Final = "_event_emitter"  # and what they emit them with
CLIENT_CONFIG: Final = "_client_config"
SIGNING: Final = "request-created.sagemaker"  # where a client registers its signer,
RETRYING: Final = ("needs-retry.sagemaker", "retry-config-sagemaker")  # and its retries, with this id
ACTIVE_PATCHES: Final = ("_patch", "_active_patches")  # of unittest.mock, with which moto replaces the default session
