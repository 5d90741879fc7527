"""What many tests name: moments, lengths of time, statuses in the service's words, one ARN, a client's keys."""

from datetime import datetime, timedelta, timezone

__all__ = [
    "ARN",
    "DAY",
    "FINISH",
    "HOUR",
    "KEYS",
    "MINUTE",
    "NOON",
    "SECOND",
    "SETTLED",
    "STATUSES",
    "TRANSITIONAL",
    "UTC",
]

UTC = timezone.utc
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOON = datetime(2030, 6, 15, 12, tzinfo=UTC)

STATUSES = ["Creating", "Created", "Updating", "Starting", "Running", "Stopping", "Completed", "Cancelled"]
TRANSITIONAL = ["Creating", "Updating", "Starting", "Stopping"]
FINISH = "the transitional status ends"
SETTLED = ["Created", "Running", "Completed", "Cancelled"]

ARN = "arn:aws:sagemaker:us-east-1:123456789012:inference-experiment/churn"
KEYS = {"aws_access_key_id": "someones", "aws_secret_access_key": "secret"}
