"""The service: an account's experiments, their life cycle and their rules.

Nothing here does I/O, reads a clock, or imports pytest, boto3 or botocore. The caller passes in the clock and the
service model. A request is the API's parameters in wire form. The answer is in wire form too, or a `ServiceError`.
"""
