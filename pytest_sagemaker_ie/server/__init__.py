"""The door for other processes: the AWS JSON 1.1 protocol over HTTP, on Werkzeug, which the extra `server` has.

`application` turns requests into answers and `listener` carries them. `fixture` is what a test sees of it, and
`command` with `seeds` is the command ``sagemaker-ie-server``. Nothing outside this package imports Werkzeug.
"""
