"""Every rule of the package, and the command that asks a service whether it holds: ``python -m tests.parity``.

`rules` is the table, which the documentation shows. It knows the public API alone, and nothing of the package.
"""
