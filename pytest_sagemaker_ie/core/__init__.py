"""The account behind the doors: experiments, their life cycle and their rules.

Nothing in this package does I/O or reads a clock of its own. It imports neither pytest nor boto3 nor botocore: the
clock and the service model are handed to it, requests reach it as the API's own parameters in their wire form (JSON
types, times as seconds since the epoch), and it answers in the same form or raises a `ServiceError`.
"""
