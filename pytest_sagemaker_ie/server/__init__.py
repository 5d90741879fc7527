"""The account over HTTP, for other processes: the protocol AWS JSON 1.1, on the standard library's server.

`listener` turns requests into answers. `fixture` is what a test sees of it, and `command` with `seeds` is the command
``sagemaker-ie-server``. This package imports core, aws and mocking alone.
"""
