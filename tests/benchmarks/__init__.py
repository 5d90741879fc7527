"""What the package costs, next to its peers: ``python -m tests.benchmarks`` prints the table.

None of it is collected as a test, and no test asserts a time. Each row is a module with a `measure` function; `ROWS`
in `__main__` names them. The modules may know the package's surface and its peers, and nothing of its inside.
"""
