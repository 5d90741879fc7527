"""Fuzzing: requests of every kind of wrongness, sent to the account through the client.

The command ``python -m tests.fuzz --requests N --seed S`` runs it; the test suite runs a short one.
"""
