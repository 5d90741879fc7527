"""The seed file of ``sagemaker-ie-server``: seeds in TOML, or a response of Describe in JSON."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any, Final

from pytest_sagemaker_ie.core.backend import InferenceExperimentBackend
from pytest_sagemaker_ie.core.errors import SeedError
from pytest_sagemaker_ie.core.seeding import ARGUMENTS
from pytest_sagemaker_ie.core.wire import did_you_mean, valid_names

_TABLES: Final = ("experiment", "transition")

_toml: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")


def seed_from_file(path: Path, backend: InferenceExperimentBackend) -> int:
    """Seed `backend` from a file, which is JSON if its name ends in ``.json``; return the number of experiments.

    A `SeedError` names the file, the entry and the valid values.
    """
    where = ""
    try:
        if path.suffix == ".json":
            backend.seed_from(json.loads(path.read_text(encoding="utf-8")))
            return 1
        content = _toml.loads(path.read_text(encoding="utf-8"))
        for name in content:
            if name not in _TABLES:
                hint = did_you_mean(name, _TABLES)
                raise SeedError(f"unknown table {name!r}.{hint} Valid tables: [[experiment]] and [transition]")
        experiments = content.get("experiment", [])
        if not isinstance(experiments, list) or not all(isinstance(each, dict) for each in experiments):
            raise SeedError("an experiment begins with [[experiment]], in double brackets")
        if "transition" in content:
            where = "[transition]: "
            backend.set_transition(content["transition"])
        for number, entry in enumerate(experiments, 1):
            named = f" {entry['name']!r}" if "name" in entry else ""
            where = f"[[experiment]] {number}{named}: "
            if "name" not in entry:
                raise SeedError("it has no name, such as name = 'churn-v2'")
            for key in entry:
                if key not in ARGUMENTS and not key[:1].isupper():
                    raise SeedError(
                        f"unknown key {key!r}.{valid_names(key, ARGUMENTS, 'keys')}, and the parameters of"
                        " CreateInferenceExperiment and DescribeInferenceExperiment, such as Description"
                    )
            backend.seed(**entry)
        return len(experiments)
    except RecursionError:
        raise SeedError(f"{path}: it is nested too deep") from None
    except OSError as error:
        raise SeedError(f"{path}: {error.strerror or error}") from None
    except ValueError as error:  # not UTF-8, not TOML, or a SeedError
        raise SeedError(f"{path}: {where}{error}") from None
