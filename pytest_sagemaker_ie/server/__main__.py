"""``python -m pytest_sagemaker_ie.server``: the command `sagemaker-ie-server` by another name."""

from pytest_sagemaker_ie.server.command import main

raise SystemExit(main())
