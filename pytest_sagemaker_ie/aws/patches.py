"""The table of what is changed in other libraries while accounts are active, and why.

All private names of botocore, aiobotocore, moto and multiprocessing stand here and nowhere else. `install` applies a
row when it is first needed and undoes it when it is needed no more. The functions of the last but one column are
generators, so that one serves methods and coroutine methods: see `install.wrapped`. This module imports nothing of the package.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["TABLE", "Patch"]

# When a row is needed; flags.
ACCOUNT: Final = 1  # an account is active
GUARD: Final = 2  # the run is guarded
REGION: Final = 4  # the run has a region for what is made while modules are imported


@dataclass(frozen=True, eq=False, slots=True)
class Patch:
    """One attribute that is replaced."""

    module: str
    """Where it is; ``*.spawn`` stands for each module of that last name."""
    attribute: str
    wrapper: str
    """The module of this package, and the generator function in it."""
    why: str
    """What it does, as the end of a sentence."""
    required: bool = True
    """Whether an account can't be entered without it."""
    needed: int = ACCOUNT


_SENDING: Final = ACCOUNT | GUARD
_MAKING: Final = ACCOUNT | REGION
_READ: Final = "lets sessions share what botocore reads from its data files"

TABLE: Final = (
    # botocore emits `before-call` before this and `after-call` after it, so every handler of the code under test runs.
    Patch(
        "botocore.endpoint",
        "Endpoint._send_request",
        "answering.request",
        "answers the calls of inference experiments",
        needed=_SENDING,
    ),
    Patch(
        "aiobotocore.endpoint",
        "AioEndpoint._send_request",
        "answering.request",
        "answers the calls of inference experiments",
        needed=_SENDING,
    ),
    # The last step before the connection: Stubber, moto and handlers of `before-send` have been asked.
    Patch("botocore.endpoint", "Endpoint._send", "answering.send", "stops what is not answered", needed=_SENDING),
    Patch("aiobotocore.endpoint", "AioEndpoint._send", "answering.send", "stops what is not answered", needed=_SENDING),
    # What botocore's endpoints choose the wait before a retry with; which loop sleeps then does not matter.
    Patch("botocore.endpoint", "first_non_none_response", "attempts.wait", "skips the waits between attempts", False),
    Patch(
        "aiobotocore.endpoint", "first_non_none_response", "attempts.wait", "skips the waits between attempts", False
    ),
    Patch(
        "botocore.retries.bucket", "TokenBucket._sleep_amount", "attempts.limit", "skips adaptive rate limits", False
    ),
    Patch(
        "aiobotocore.retries.bucket",
        "AsyncTokenBucket._sleep_amount",
        "attempts.limit",
        "skips adaptive rate limits",
        False,
    ),
    Patch(
        "botocore.session",
        "Session.create_client",
        "sessions.make_client",
        "gives SageMaker clients a region, and lets them look for credentials late",
        needed=_MAKING,
    ),
    Patch(
        "aiobotocore.session",
        "AioSession._create_client",
        "sessions.make_client",
        "gives SageMaker clients a region, and lets them look for credentials late",
        needed=_MAKING,
    ),
    Patch("botocore.session", "Session.get_credentials", "credentials.look", "looks for credentials late"),
    Patch("aiobotocore.session", "AioSession.get_credentials", "credentials.look_async", "looks for credentials late"),
    Patch(
        "botocore.credentials",
        "RefreshableCredentials.get_frozen_credentials",
        "credentials.unrefreshed",
        "keeps credentials of a role from being fetched anew",
        False,
    ),
    Patch(
        "aiobotocore.credentials",
        "AioRefreshableCredentials.get_frozen_credentials",
        "credentials.unrefreshed",
        "keeps credentials of a role from being fetched anew",
        False,
    ),
    Patch("botocore.loaders", "Loader.load_data_with_path", "sessions.load_data", _READ, False),
    Patch("botocore.loaders", "Loader.load_service_model", "sessions.load_model", _READ, False),
    Patch("botocore.loaders", "Loader.list_available_services", "sessions.list_services", _READ, False),
    # moto is asked before `Endpoint._send`, and knows nothing of experiments.
    Patch(
        "moto.core.botocore_stubber",
        "BotocoreStubber.__call__",
        "beside_moto.ask",
        "keeps moto from answering calls with scripted faults",
        False,
    ),
    # Those of multiprocessing, multiprocess, billiard and joblib, to name a few.
    Patch(
        "*.spawn",
        "get_preparation_data",
        "processes.prepare",
        "lets child processes refuse what their parent would answer",
        False,
        _SENDING,
    ),
)

# What is read of botocore's and boto3's objects, beside.
PARSERS: Final = "_response_parser_factory"  # of an endpoint: makes parsers with the session's timestamp parser
LAST_REFILL: Final = "_last_timestamp"  # of a token bucket: when it was filled
OWN_CREDENTIALS: Final = "_credentials"  # of a botocore session: those that it was given or has found
CURRENT_KEYS: Final = "_frozen_credentials"  # of refreshable credentials: the keys before they are fetched anew
BOTOCORE_SESSION: Final = "_session"  # of a boto3 session
GET_COMPONENT: Final = "_get_internal_component"  # of a botocore session, for what makes its exceptions
SET_COMPONENT: Final = "_register_internal_component"
EXCEPTIONS: Final = "exceptions_factory"
HANDLERS: Final = ("_emitter", "_lookup_cache")  # of a session's events: another object after each registration
EMITTING: Final = ("_endpoint", "_request_signer", "_ruleset_resolver")  # the parts of a client that emit events,
EMITTER: Final = "_event_emitter"  # and what they emit them with
CLIENT_CONFIG: Final = "_client_config"
SIGNING: Final = "request-created.sagemaker"  # where a client registers its signer,
RETRYING: Final = ("needs-retry.sagemaker", "retry-config-sagemaker")  # and its retries, with this id
ACTIVE_PATCHES: Final = ("_patch", "_active_patches")  # of unittest.mock, with which moto replaces the default session
