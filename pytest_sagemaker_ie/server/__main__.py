"""``python -m pytest_sagemaker_ie.server``: the command `sagemaker-ie-server` by another name."""

import sys

from pytest_sagemaker_ie.server.command import main

sys.exit(main())
