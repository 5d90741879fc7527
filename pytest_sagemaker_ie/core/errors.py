"""The errors that the core raises.

A `ServiceError` is a mistake of the client, which gets the error that AWS would return. A `SeedError` or a `FaultError`
is a mistake of the test's author, and is raised in the test.
"""


class ServiceError(Exception):
    """The service refuses a request, and changes nothing. The message is the service's."""

    def __init__(self, message: str, code: str = "", status_code: int = 400) -> None:
        """Make an error. The default code is the name of the class; all modeled errors have the HTTP status 400."""
        super().__init__(message)
        self.code = code or type(self).__name__
        self.status_code = status_code

    def body(self) -> dict[str, str]:
        """Return the response's body in wire form. Each modeled error has one member, Message (source: MODEL)."""
        return {"__type": self.code, "Message": str(self)}


class ConflictException(ServiceError):
    """The experiment's status does not allow the change (in the service model)."""


class ResourceNotFound(ServiceError):
    """The region has no experiment of this name (in the service model)."""


class ResourceInUse(ServiceError):
    """The region already has an experiment of this name (in the service model)."""


class ResourceLimitExceeded(ServiceError):
    """The region already has as many experiments as the limit allows (in the service model)."""


class ValidationException(ServiceError):
    """The service does not accept a value (not in the service model: boto3 raises a plain ``ClientError``)."""


class SerializationException(ServiceError):
    """A body is not JSON, or a value has the wrong JSON type (not in the service model)."""


class Mistake(ValueError):
    """A mistake of the test's author, and what is valid instead, where that can be listed."""

    def __init__(self, mistake: str, valid: str = "") -> None:
        super().__init__(f"{mistake} {valid}".rstrip())
        self.mistake, self.valid = mistake, valid


class SeedError(Mistake):
    """The test asks for an experiment that cannot be. The message names the mistake and the valid values."""

    __module__ = "pytest_sagemaker_ie"  # where users import it from, and what summary lines show


class FaultError(Mistake):
    """The test scripts a fault that cannot be. The message names the mistake and the valid values."""

    __module__ = "pytest_sagemaker_ie"
