"""These tests need clients other than those of Python, which `tox -e clients` brings; else they are left out."""

import os

_NEEDED = {"test_aws_cli.py": "SAGEMAKER_IE_AWS_CLI", "test_javascript.py": "SAGEMAKER_IE_NODE_MODULES"}
"""What says where each is: the folder of the command ``aws``, and a folder ``node_modules``."""

collect_ignore = [module for module, variable in _NEEDED.items() if variable not in os.environ]
