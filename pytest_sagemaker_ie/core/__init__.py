"""The account behind the doors: experiments, their life cycle and their rules.

Nothing here does I/O, reads a clock, or imports pytest, boto3 or botocore: the clock and the model are handed in.
Requests come as the API's parameters in wire form. The answer is in wire form too, or a `ServiceError`.
"""
