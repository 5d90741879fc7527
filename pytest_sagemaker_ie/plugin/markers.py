"""What a test's markers say: which experiments to seed, whether to check strings, and the time of its clock.

A mistake in a marker is an error of the test's set-up. A scripted fault that did not happen is an error of its
tear-down. The first line of a message names the mistake, because pytest's summary shows that line alone.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NoReturn

import pytest

from pytest_sagemaker_ie.aws.region import DEFAULT_ACCOUNT_ID
from pytest_sagemaker_ie.aws.sessions import service_model
from pytest_sagemaker_ie.clock.virtual import check_clock
from pytest_sagemaker_ie.core.backend import InferenceExperimentBackend, service_of
from pytest_sagemaker_ie.core.errors import SeedError
from pytest_sagemaker_ie.core.seeding import ARGUMENTS, seed_parameters
from pytest_sagemaker_ie.core.wire import did_you_mean, milliseconds
from pytest_sagemaker_ie.mocking import mock_inference_experiments
from pytest_sagemaker_ie.plugin.decorated import decorator_of, time_in_test
from pytest_sagemaker_ie.plugin.options import CLOCK_MARKER, CLOCK_SIGNATURE, MARKER, SIGNATURE, is_set, option

if TYPE_CHECKING:
    from pytest_sagemaker_ie.plugin.in_use import InUse

_VALIDATION: Final = "parameter_validation"


@contextmanager
def account_of(item: pytest.Item, test: "InUse") -> Iterator[InferenceExperimentBackend]:
    """Enter an account with the markers' experiments. At its end, fail if a scripted fault did not happen."""
    mock = mock_inference_experiments(
        region=option(item.config, "region"),
        account_id=option(item.config, "account_id") or DEFAULT_ACCOUNT_ID,
        parameter_validation=_is_strict(item),
        look_limit=is_set(item.config, "look_limit"),
    )
    try:
        try:
            backend = mock.start()
        except ValueError as error:  # botocore does not know the region
            raise pytest.fail.Exception(f"sagemaker_ie_region: {error}", pytrace=False) from None
        _seed_marked(item, backend)
        yield backend
    finally:
        mock.leave()
    complaint = service_of(backend).unspent_complaint
    if complaint and not test.failed:
        pytest.fail(f"the test has {complaint}", pytrace=False)


def _is_strict(item: pytest.Item) -> bool:
    """Return the `parameter_validation` of the closest marker that names it, else that of the ini file."""
    for _, mark in reversed([*_marks(item)]):
        asked = mark.kwargs.get(_VALIDATION, ...)
        if isinstance(asked, bool):
            return asked
        if asked is not ...:
            _refuse(item, mark, f"{_VALIDATION} must be True or False, not {asked!r}", "")
    return is_set(item.config, _VALIDATION)


def asked_clock(item: pytest.Item) -> dict[str, Any]:
    """Return what the closest clock marker says, as keyword arguments of `virtual_clock`."""
    decorator, mark = decorator_of(item), item.get_closest_marker(CLOCK_MARKER)
    if decorator is not None and not hasattr(decorator, "time_to_freeze"):
        use = f'use @pytest.mark.{CLOCK_MARKER}("...") instead'
        pytest.fail(f"@time_machine.travel cannot start while the virtual clock runs: {use}", pytrace=False)
    given: dict[str, Any] = {}
    if mark is not None:
        given = _arguments(item, mark, ("moment", "horizon", "patience"), 1)
        try:
            check_clock(**given)
        except ValueError as error:
            _refuse(item, mark, str(error), "")
        if decorator is not None and given.get("moment") is not None:
            _refuse(item, mark, "two times for one test: remove that of @freeze_time or that of the marker", "")
    return {"moment": time_in_test(item), **given}


def _seed_marked(item: pytest.Item, backend: InferenceExperimentBackend) -> None:
    """Seed what the markers say, at the time that the test will see. Of two with one name, the closest counts."""
    wanted: dict[tuple[str, ...], tuple[object, pytest.Mark]] = {}
    for place, mark in _marks(item):
        if not mark.args and set(mark.kwargs) == {_VALIDATION}:
            continue  # this marker seeds nothing
        given = _arguments(item, mark, (*ARGUMENTS, _VALIDATION), 2, seed_parameters(service_model()))
        if given.get("name") is None:
            _refuse(item, mark, f"no name of an experiment: {_shown(mark)}")
        named = given["name"], given.get("region") or backend.region
        # An enum that is also a str is its value. A seed refuses other types, some of which have no hash.
        key = tuple(each if isinstance(each, str) else repr(each) for each in named)
        if key in wanted and wanted[key][0] is place:
            _refuse(item, mark, f"two markers in one place seed {key[0]!r} in {key[1]}: remove one", "")
        wanted[key] = place, mark
    when = time_in_test(item)
    seeded_at = None if when is None else milliseconds(when)
    for _, mark in wanted.values():
        parameters = {name: each for name, each in mark.kwargs.items() if name != _VALIDATION}
        try:
            service_of(backend).seed(seeded_at, *mark.args, **parameters)
        except SeedError as error:
            _refuse(item, mark, error.mistake, error.valid)


def _marks(item: pytest.Item) -> Iterator[tuple[object, pytest.Mark]]:
    """Yield each marker with its place, the closest last. A place is a collection node, or the test's parameters."""
    parameters: list[pytest.Mark] = getattr(getattr(item, "callspec", None), "marks", [])
    for node in item.listchain():
        yield from ((node, mark) for mark in node.own_markers if mark.name == MARKER and mark not in parameters)
    yield from ((parameters, mark) for mark in parameters if mark.name == MARKER)


def _arguments(
    item: pytest.Item, mark: pytest.Mark, names: tuple[str, ...], positional: int, parameters: Iterable[str] = ()
) -> dict[str, Any]:
    """Return a marker's arguments by name. The account checks the capitalized ones, which are the API's parameters."""
    if len(mark.args) > positional:
        _refuse(item, mark, f"too many positional arguments, more than {positional}: {_shown(mark)}")
    given = dict(zip(names, mark.args, strict=False))
    for name in mark.kwargs:
        if name in given:
            _refuse(item, mark, f"{name} is given twice: {_shown(mark)}")
        if name not in names and not (parameters and name[:1].isupper()):
            _refuse(item, mark, f"unknown argument {name!r}.{did_you_mean(name, (*names, *parameters))}")
    return {**given, **mark.kwargs}


def _shown(mark: pytest.Mark) -> str:
    given = [*map(repr, mark.args), *(f"{name}={value!r}" for name, value in mark.kwargs.items())]
    return f"{mark.name}({', '.join(given)})"


def _refuse(item: pytest.Item, mark: pytest.Mark, mistake: str, valid: str | None = None) -> NoReturn:
    """Fail with three lines: the mistake, the marker's place, and what is valid, by default the marker's form."""
    if valid is None:
        valid = f"Valid form: {SIGNATURE if mark.name == MARKER else CLOCK_SIGNATURE}"
    marked: list[Any] = [item, *(node for node in item.listchain() if mark in node.own_markers)]
    *_, closest = (node for node in marked if hasattr(node, "reportinfo"))
    path, line, _ = closest.reportinfo()
    place = f"{os.path.relpath(path, item.config.invocation_params.dir)}:{(line or 0) + 1}"
    raise pytest.fail.Exception(f"{mistake}\n{place}: marker {mark.name}\n{valid}".rstrip(), pytrace=False) from None
