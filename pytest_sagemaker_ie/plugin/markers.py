"""Reading the markers: which of a test's `sagemaker_ie` count, what each seeds, and where its clock begins.

The mistakes found here are errors of the test's set-up, which name the test, the mistake and the valid values; what a
test has scripted, and what has not come to pass, is an error of its tear-down. pytest loads this module in every run,
so what only a marked test needs is imported by its functions.
"""

import datetime
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, NoReturn

import pytest

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.backend import InferenceExperimentBackend

__all__ = [
    "CLOCK_MARKER",
    "CLOCK_SIGNATURE",
    "MARKER",
    "SIGNATURE",
    "asked_clock",
    "asked_validation",
    "refuse_unspent",
    "seed_marked",
]

MARKER: Final = "sagemaker_ie"
SIGNATURE: Final = (
    f'{MARKER}(name, status="Created", *, region=None, transition=None, parameter_validation=True, **parameters)'
)
CLOCK_MARKER: Final = "sagemaker_ie_clock"
CLOCK_SIGNATURE: Final = f"{CLOCK_MARKER}(moment=None, *, horizon=timedelta(days=60), patience=1.0)"

_VALIDATION: Final = "parameter_validation"


def asked_validation(node: pytest.Item) -> bool | None:
    """Return the `parameter_validation` of the closest marker that has one, or `None`."""
    for place in reversed(list(_places(node))):
        for mark in place:
            if _VALIDATION in mark.kwargs:
                asked = mark.kwargs[_VALIDATION]
                if not isinstance(asked, bool):
                    _refuse(node, f"{_VALIDATION} is True or False, not {asked!r}")
                return asked
    return None


def asked_clock(node: pytest.Item, frozen_at: float | None) -> dict[str, Any]:
    """Return what the closest marker of the clock says, as keywords of `virtual_clock`.

    Args:
        node: the test.
        frozen_at: the time that a decorator of the test sets, in seconds since the epoch.
    """
    from pytest_sagemaker_ie.clock.virtual import check_clock

    mark = node.get_closest_marker(CLOCK_MARKER)
    args, kwargs = ((), {}) if mark is None else (mark.args, dict(mark.kwargs))
    if len(args) > 1 or set(kwargs) - {"moment", "horizon", "patience"} or (args and "moment" in kwargs):
        given = ", ".join([*map(repr, args), *(f"{key}={value!r}" for key, value in kwargs.items())])
        _fail(node, CLOCK_MARKER, f"{CLOCK_MARKER}({given}) is not how to begin: {CLOCK_SIGNATURE}")
    if args:
        kwargs["moment"] = args[0]
    mistake = None
    try:
        check_clock(**kwargs)
    except ValueError as error:
        mistake = str(error)
    if mistake is not None:
        _fail(node, CLOCK_MARKER, mistake)
    if "moment" not in kwargs and frozen_at is not None:
        kwargs["moment"] = datetime.datetime.fromtimestamp(frozen_at, datetime.timezone.utc)
    return kwargs


def refuse_unspent(node: pytest.Item, backend: "InferenceExperimentBackend") -> None:
    """Fail the test if what it has scripted has not happened."""
    from pytest_sagemaker_ie.core.backend import service_of

    complaint = service_of(backend).unspent_complaint
    if complaint:
        pytest.fail(f"{node.nodeid}: the test has {complaint}", pytrace=False)


def seed_marked(node: pytest.Item, backend: "InferenceExperimentBackend", when: float | None) -> None:
    """Seed what the test's markers say, at the time `when` or now; of two for one name, the closest one counts."""
    from pytest_sagemaker_ie.core.backend import service_of
    from pytest_sagemaker_ie.core.errors import SeedError
    from pytest_sagemaker_ie.core.wire import from_seconds

    wanted: dict[tuple[str, str], pytest.Mark] = {}
    for place in _places(node):
        here: dict[tuple[str, str], pytest.Mark] = {}
        for mark in place:
            if not mark.args and set(mark.kwargs) == {_VALIDATION}:
                continue  # it says how strict the test is, and seeds nothing
            key = _key(node, mark, backend.region)
            if key in here:
                _refuse(node, f"{key[0]!r} is seeded twice in one place, in {key[1]}")
            here[key] = mark
        wanted.update(here)
    mistake = None
    for mark in wanted.values():
        try:
            service_of(backend).seed(
                None if when is None else from_seconds(when),
                *mark.args,
                **{name: each for name, each in mark.kwargs.items() if name != _VALIDATION},
            )
        except SeedError as error:
            mistake = str(error)
            break
    if mistake is not None:  # said here, so that pytest shows the mistake without the exception it came from
        _refuse(node, mistake)


def _places(node: pytest.Item) -> Iterator[list[pytest.Mark]]:
    """Give the test's markers place by place, the closest last: module, class and its bases, function, parameters."""
    for each in node.listchain():
        if isinstance(each, pytest.Class):
            # pytest puts a class's own marks and its bases' into one list; here a subclass is closer than its base.
            of_classes = [_ours(_own_marks(cls)) for cls in reversed(each.obj.__mro__)]
            yield from of_classes
            known = [mark for marks in of_classes for mark in marks]
            yield _ours([mark for mark in each.own_markers if mark not in known])  # those that a hook has added
            continue
        parameters = getattr(getattr(each, "callspec", None), "marks", [])
        yield _ours([mark for mark in each.own_markers if not any(mark is other for other in parameters)])
        yield _ours(parameters)


def _own_marks(cls: type) -> list[pytest.Mark]:
    """The marks that stand on this very class; pytest keeps them in its `pytestmark`, one or a list."""
    kept: Any = vars(cls).get("pytestmark", [])
    marks: list[Any] = kept if isinstance(kept, list) else [kept]
    return [mark.mark if isinstance(mark, pytest.MarkDecorator) else mark for mark in marks]


def _ours(marks: Iterable[pytest.Mark]) -> list[pytest.Mark]:
    return [mark for mark in marks if mark.name == MARKER]


def _key(node: pytest.Item, mark: pytest.Mark, region: str) -> tuple[str, str]:
    """Return the name and the region that a marker seeds."""
    from pytest_sagemaker_ie.core.arns import is_region

    given = [*zip(("name", "status"), mark.args, strict=False), *mark.kwargs.items()]
    names = [value for argument, value in given if argument == "name"]
    statuses = [value for argument, value in given if argument == "status"]
    if len(names) != 1 or names[0] is None or len(statuses) > 1 or len(mark.args) > 2:
        arguments = [*map(repr, mark.args), *(f"{key}={value!r}" for key, value in mark.kwargs.items())]
        _refuse(
            node,
            f"sagemaker_ie({', '.join(arguments)}) is not a seed: the marker takes the experiment's name, its status,"
            f" and the rest by keyword: {SIGNATURE}",
        )
    if not isinstance(names[0], str):
        _refuse(node, f"the name of an experiment is a str that is not empty, not {names[0]!r}")
    its_region = mark.kwargs.get("region")
    if its_region is not None and not is_region(its_region):
        _refuse(node, f"{its_region!r} is not the name of a region, such as 'us-east-1'")
    return names[0], its_region or region


def _refuse(node: pytest.Item, mistake: str) -> NoReturn:
    _fail(node, MARKER, mistake)


def _fail(node: pytest.Item, marker: str, mistake: str) -> NoReturn:
    pytest.fail(f"{node.nodeid}: marker {marker}: {mistake}", pytrace=False)
