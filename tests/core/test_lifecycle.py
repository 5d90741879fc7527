"""The two tables, where nothing that a client can do shows it: the other tests go through the client."""

import pytest

from pytest_sagemaker_ie import Event, Status
from pytest_sagemaker_ie.core.lifecycle import LIFECYCLE, TRANSITIONAL, Move
from pytest_sagemaker_ie.core.rules import MAY_CHANGE, UPDATABLE, Permission

PASSED_THROUGH = [Status.CREATING, Status.STARTING, Status.UPDATING, Status.STOPPING]


def test_the_transitional_statuses_are_four() -> None:
    assert frozenset(PASSED_THROUGH) == TRANSITIONAL


@pytest.mark.parametrize("status", Status)
def test_what_is_under_way_may_fail_and_is_cancelled_then(status: Status) -> None:
    move = LIFECYCLE.get((status, Event.FAIL))
    assert move == (Move(None, Status.CANCELLED, "API") if status in PASSED_THROUGH else None)


@pytest.mark.parametrize("each", [*Status, *Event])
def test_a_status_or_event_is_shown_as_its_value(each: "Status | Event") -> None:
    assert str(each) == f"{each}" == each.value == each


@pytest.mark.parametrize("status", Status)
def test_something_may_change_in_two_statuses(status: Status) -> None:
    permissions = MAY_CHANGE.get(status, {})
    assert (Permission.YES in permissions.values()) == (status in ("Created", "Running"))
    assert set(permissions) <= set(UPDATABLE)
