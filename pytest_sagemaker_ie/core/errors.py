"""The errors that the core raises.

`ServiceError` and its subclasses are the client's mistakes: the client sees what AWS would answer. `SeedError` and
`FaultError` are the test author's mistakes: they never become an AWS error.
"""


class ServiceError(Exception):
    """A request that the service refuses. The message is the service's; nothing has changed when it is raised."""

    def __init__(self, message: str, code: str = "", status_code: int = 400) -> None:
        """Give the error its code, by default the name of its class, and the HTTP status of all modeled errors."""
        super().__init__(message)
        self.code = code or type(self).__name__
        self.status_code = status_code

    def body(self) -> dict[str, str]:
        """Return the answer's body in wire form: every modeled error has one member, Message (source: MODEL)."""
        return {"__type": self.code, "Message": str(self)}


class ConflictException(ServiceError):
    """The experiment's status does not allow the change (modeled)."""


class ResourceNotFound(ServiceError):
    """There is no such experiment in this region (modeled)."""


class ResourceInUse(ServiceError):
    """There is an experiment of this name already (modeled)."""


class ResourceLimitExceeded(ServiceError):
    """The account has as many experiments in this region as it may (modeled)."""


class ValidationException(ServiceError):
    """A value that the service does not accept (not in the service model: a plain ``ClientError``)."""


class SerializationException(ServiceError):
    """A body that is not JSON, or a JSON type that the service cannot read (not in the service model)."""


class Mistake(ValueError):
    """A mistake of the test's author, and what is valid instead, if that can be listed."""

    def __init__(self, mistake: str, valid: str = "") -> None:
        super().__init__(f"{mistake} {valid}".rstrip())
        self.mistake, self.valid = mistake, valid


class SeedError(Mistake):
    """The test asks for an impossible experiment: the message names the mistake and the valid values."""


class FaultError(ValueError):
    """The test scripts an impossible fault: the message names the mistake and the valid values."""
