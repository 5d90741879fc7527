"""``python -m pytest_sagemaker_ie.server`` is the command ``sagemaker-ie-server``."""

from pytest_sagemaker_ie.server.command import main

raise SystemExit(main())
