"""The account over HTTP, for other processes: the protocol AWS JSON 1.1, on the standard library's server.

`listener` answers requests. `fixture` is what a test sees of it. `command` and `seeds` are the command
``sagemaker-ie-server``. This folder imports core, aws and mocking only.
"""
