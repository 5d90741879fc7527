"""ListInferenceExperiments: summaries, filters, orders, and pages that stay right while experiments come and go."""

import base64
import string
from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any, ClassVar

import boto3
import pytest
from botocore.exceptions import ClientError, ParamValidationError
from botocore.validate import ParamValidator
from constants import DAY, HOUR, NOON, SECOND, STATUSES
from hypothesis import given
from hypothesis import strategies as st
from valid_requests import creation

from pytest_sagemaker_ie import mock_inference_experiments

ORDERS = [(by, order) for by in ("Name", "CreationTime", "Status") for order in ("Ascending", "Descending")]


def shortly(value: Any) -> str:
    """Name a test after its request."""
    if not isinstance(value, dict):
        return value.replace(" ", ",") or "none"
    return ",".join(f"{name}={each:%H:%M:%S}" if "Time" in name else f"{name}={each}" for name, each in value.items())


@pytest.fixture(autouse=True)
def _noon(noon: None) -> None:
    """Fixtures that seed come after it."""


@pytest.fixture
def names(sagemaker_ie: Any) -> Callable[..., list[str]]:
    """The names on the page that a request is answered with."""

    def listed(**request: Any) -> list[str]:
        page = sagemaker_ie.list_inference_experiments(**request)
        return [each["Name"] for each in page["InferenceExperiments"]]

    return listed


@pytest.fixture
def refusal(sagemaker_ie: Any) -> Callable[..., str]:
    """The message of the ValidationException that a request is answered with."""

    def refused(**request: Any) -> str:
        with pytest.raises(ClientError) as caught:
            sagemaker_ie.list_inference_experiments(**request)
        assert caught.value.response["Error"]["Code"] == "ValidationException"
        message: str = caught.value.response["Error"]["Message"]
        return message

    return refused


class TestASummary:
    MEMBERS = (
        "Name",
        "Type",
        "Schedule",
        "Status",
        "StatusReason",
        "Description",
        "CreationTime",
        "CompletionTime",
        "LastModifiedTime",
        "RoleArn",
    )

    @pytest.mark.parametrize("status", STATUSES)
    @pytest.mark.parametrize("members", [{}, {"Description": "x", "StatusReason": "y"}], ids=["bare", "full"])
    def test_it_shows_what_describe_shows(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, describe: Any, status: str, members: dict[str, Any]
    ) -> None:
        sagemaker_ie_backend.seed("churn", status, **members)
        (summary,) = sagemaker_ie.list_inference_experiments()["InferenceExperiments"]
        assert summary == {name: value for name, value in describe("churn").items() if name in self.MEMBERS}

    def test_its_members_are_the_models(self, sagemaker_ie: Any) -> None:
        shape = sagemaker_ie.meta.service_model.shape_for("InferenceExperimentSummary")
        assert set(shape.members) == set(self.MEMBERS)

    def test_a_page_satisfies_botocores_output_shape(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        for number in range(11):
            sagemaker_ie_backend.seed(f"churn-{number}", STATUSES[number % 8], Description="x")
        page = sagemaker_ie.list_inference_experiments()
        del page["ResponseMetadata"]
        shape = sagemaker_ie.meta.service_model.operation_model("ListInferenceExperiments").output_shape
        assert not ParamValidator().validate(page, shape).has_errors()
        assert set(page) == {"InferenceExperiments", "NextToken"}

    def test_changing_it_changes_no_experiment(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, describe: Any
    ) -> None:
        sagemaker_ie_backend.seed("churn")
        before = describe("churn")
        (summary,) = sagemaker_ie.list_inference_experiments()["InferenceExperiments"]
        summary["Schedule"].clear()
        assert describe("churn") == before


def test_an_empty_account_has_an_empty_page(sagemaker_ie: Any) -> None:
    page = sagemaker_ie.list_inference_experiments()
    assert page["InferenceExperiments"] == []
    assert "NextToken" not in page


class TestFilters:
    """Created an hour apart, the first at noon, and two were changed in the evening; now it is twenty days later."""

    EXPERIMENTS = (
        # name, status, the hour it was created and the hour it was last changed, after noon
        ("churn-v1", "Completed", 0, 3),
        ("Churn-V2", "Running", 1, 1),
        ("fraud", "Created", 2, 6),
        ("upsell", "Cancelled", 3, 4),
        ("churn-v3", "Stopping", 4, 4),
    )

    @pytest.fixture(autouse=True)
    def _experiments(self, sagemaker_ie_backend: Any, time_machine: Any) -> None:
        time_machine.shift(20 * DAY)
        for name, status, created, modified in self.EXPERIMENTS:
            start = {"StartTime": NOON + modified * HOUR} if status == "Completed" else {}
            sagemaker_ie_backend.seed(
                name,
                status,
                CreationTime=NOON + created * HOUR,
                LastModifiedTime=NOON + modified * HOUR,
                **({"Schedule": start} if start else {}),
            )

    @pytest.mark.parametrize(
        ("request_", "expected"),
        [
            ({}, "churn-v3 upsell fraud Churn-V2 churn-v1"),
            ({"NameContains": "churn"}, "churn-v3 Churn-V2 churn-v1"),
            ({"NameContains": "CHURN"}, "churn-v3 Churn-V2 churn-v1"),
            ({"NameContains": "-v2"}, "Churn-V2"),
            ({"NameContains": "u"}, "churn-v3 upsell fraud Churn-V2 churn-v1"),
            ({"NameContains": "fraud"}, "fraud"),
            ({"NameContains": "fraude"}, ""),
            ({"Type": "ShadowMode"}, "churn-v3 upsell fraud Churn-V2 churn-v1"),
            ({"StatusEquals": "Creating"}, ""),
            ({"StatusEquals": "Created"}, "fraud"),
            ({"StatusEquals": "Running"}, "Churn-V2"),
            ({"StatusEquals": "Stopping"}, "churn-v3"),
            ({"StatusEquals": "Completed"}, "churn-v1"),
            ({"StatusEquals": "Cancelled"}, "upsell"),
            ({"CreationTimeAfter": NOON + 2 * HOUR}, "churn-v3 upsell fraud"),
            ({"CreationTimeAfter": NOON + 2 * HOUR + SECOND}, "churn-v3 upsell"),
            ({"CreationTimeBefore": NOON + 2 * HOUR}, "Churn-V2 churn-v1"),
            ({"CreationTimeBefore": NOON + 2 * HOUR + SECOND}, "fraud Churn-V2 churn-v1"),
            ({"CreationTimeAfter": NOON, "CreationTimeBefore": NOON + 4 * HOUR}, "upsell fraud Churn-V2 churn-v1"),
            ({"CreationTimeAfter": NOON + 4 * HOUR, "CreationTimeBefore": NOON}, ""),
            ({"LastModifiedTimeAfter": NOON + 4 * HOUR}, "churn-v3 upsell fraud"),
            ({"LastModifiedTimeAfter": NOON + 4 * HOUR + SECOND}, "fraud"),
            ({"LastModifiedTimeBefore": NOON + 4 * HOUR}, "Churn-V2 churn-v1"),
            ({"LastModifiedTimeBefore": NOON + 4 * HOUR + SECOND}, "churn-v3 upsell Churn-V2 churn-v1"),
            ({"NameContains": "churn", "StatusEquals": "Running"}, "Churn-V2"),
            ({"NameContains": "fraud", "StatusEquals": "Running"}, ""),
            (
                {"NameContains": "churn", "CreationTimeAfter": NOON, "LastModifiedTimeBefore": NOON + 2 * HOUR},
                "Churn-V2",
            ),
            # The filters and the orders together.
            ({"NameContains": "churn", "SortBy": "Name"}, "churn-v3 churn-v1 Churn-V2"),
            ({"NameContains": "churn", "SortBy": "Name", "SortOrder": "Ascending"}, "Churn-V2 churn-v1 churn-v3"),
            ({"StatusEquals": "Created", "SortBy": "Status"}, "fraud"),
            ({"StatusEquals": "Created", "SortBy": "Name"}, "fraud"),
        ],
        ids=shortly,
    )
    def test_one_shows_what_it_lets_through(self, names: Any, request_: dict[str, Any], expected: str) -> None:
        assert names(**request_) == expected.split()

    @pytest.mark.parametrize("sort_by", ["Name", "CreationTime", "Status"])
    @pytest.mark.parametrize("status", STATUSES)
    def test_a_status_shows_those_that_have_it_now(
        self, sagemaker_ie_backend: Any, names: Any, sort_by: str, status: str
    ) -> None:
        having = {each.name for each in sagemaker_ie_backend.experiments if each.status == status}
        assert set(names(StatusEquals=status, SortBy=sort_by)) == having

    @pytest.mark.parametrize(
        ("request_", "path"),
        [
            ({"StatusEquals": "Paused"}, "statusEquals"),
            ({"Type": "CanaryMode"}, "type"),
            ({"SortBy": "Size"}, "sortBy"),
            ({"SortOrder": "Up"}, "sortOrder"),
            ({"NameContains": "a_b"}, "nameContains"),
            ({"MaxResults": 101}, "maxResults"),
        ],
    )
    def test_a_wrong_value_is_refused(self, refusal: Any, request_: dict[str, Any], path: str) -> None:
        assert f"at '{path}' failed to satisfy constraint" in refusal(**request_)

    def test_a_change_that_the_schedule_brings_is_seen(self, names: Any, time_machine: Any) -> None:
        time_machine.shift(DAY)
        assert names(StatusEquals="Running") == ["fraud", "Churn-V2"]
        time_machine.shift(20 * DAY)
        assert names(StatusEquals="Running") == []
        assert names(StatusEquals="Completed") == ["fraud", "Churn-V2", "churn-v1"]

    def test_last_modified_is_when_the_schedule_brought_it(self, names: Any, time_machine: Any) -> None:
        time_machine.shift(DAY + HOUR)  # fraud began an hour ago, as its seed's schedule says
        assert names(LastModifiedTimeAfter=NOON + 21 * DAY) == ["fraud"]
        assert names(LastModifiedTimeAfter=NOON + 21 * DAY + SECOND) == []


class TestOrders:
    """Three created in one moment before the others; names of all sorts."""

    @pytest.fixture(autouse=True)
    def _experiments(self, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("b", "Running", CreationTime=NOON - 3 * DAY)
        sagemaker_ie_backend.seed("a", "Created", CreationTime=NOON - 3 * DAY)
        sagemaker_ie_backend.seed("a0", "Running", CreationTime=NOON - 3 * DAY)
        sagemaker_ie_backend.seed("B", "Completed", CreationTime=NOON - 9 * DAY)
        sagemaker_ie_backend.seed("10", "Cancelled", CreationTime=NOON - 5 * DAY)
        sagemaker_ie_backend.seed("9", "Running", CreationTime=NOON - 4 * DAY)

    @pytest.mark.parametrize(
        ("request_", "expected"),
        [
            # Those of one moment in the order in which they came, or the other way round.
            ({}, "a0 a b 9 10 B"),
            ({"SortOrder": "Descending"}, "a0 a b 9 10 B"),
            ({"SortOrder": "Ascending"}, "B 10 9 b a a0"),
            ({"SortBy": "CreationTime"}, "a0 a b 9 10 B"),
            ({"SortBy": "CreationTime", "SortOrder": "Ascending"}, "B 10 9 b a a0"),
            ({"SortBy": "Name", "SortOrder": "Ascending"}, "10 9 B a a0 b"),
            ({"SortBy": "Name", "SortOrder": "Descending"}, "b a0 a B 9 10"),
            ({"SortBy": "Name"}, "b a0 a B 9 10"),
            # By the alphabet, those of one status by CreationTime: Cancelled, Completed, Created, Running.
            ({"SortBy": "Status", "SortOrder": "Ascending"}, "10 B a 9 b a0"),
            ({"SortBy": "Status", "SortOrder": "Descending"}, "a0 b 9 a B 10"),
            ({"SortBy": "Status"}, "a0 b 9 a B 10"),
        ],
        ids=shortly,
    )
    def test_each(self, names: Any, request_: dict[str, Any], expected: str) -> None:
        assert names(**request_) == expected.split()

    @pytest.mark.parametrize(("sort_by", "sort_order"), ORDERS)
    def test_each_is_kept_up_with_every_change(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, names: Any, sort_by: str, sort_order: str
    ) -> None:
        order = {"SortBy": sort_by, "SortOrder": sort_order}
        names(**order)  # so that it was made before the changes
        sagemaker_ie.start_inference_experiment(Name="a")
        sagemaker_ie.stop_inference_experiment(Name="b", ModelVariantActions={"production": "Retain"})
        sagemaker_ie.delete_inference_experiment(Name="B")
        sagemaker_ie.create_inference_experiment(**creation("c"))
        sagemaker_ie_backend.seed("A", "Updating", CreationTime=NOON - 4 * DAY - HOUR)
        ascending = {
            "Name": "10 9 A a a0 c",
            "CreationTime": "10 A 9 b a a0 c",
            "Status": "10 b 9 a a0 c A",  # Cancelled 10 b, Running 9 a a0 c, Updating A
        }
        expected = {**ascending, "Name": "10 9 A a a0 b c"}[sort_by].split()
        assert names(**order) == (expected if sort_order == "Ascending" else expected[::-1])

    @pytest.mark.parametrize("sort_order", ["Ascending", "Descending"])
    def test_status_is_that_of_now(self, names: Any, sagemaker_ie: Any, time_machine: Any, sort_order: str) -> None:
        names(SortBy="Status")
        time_machine.shift(2 * DAY)  # a has begun
        expected = ["10", "B", "9", "b", "a", "a0"]
        assert names(SortBy="Status", SortOrder=sort_order) == (
            expected if sort_order == "Ascending" else expected[::-1]
        )


class TestSparsePages:
    """Filters are applied after MaxResults: a page may be short or empty and carry a NextToken."""

    @pytest.fixture(autouse=True)
    def _experiments(self, sagemaker_ie_backend: Any) -> None:
        for number in range(7):
            status = "Running" if number in (0, 5) else "Created"
            sagemaker_ie_backend.seed(f"e{number}", status, CreationTime=NOON - 20 * DAY + number * SECOND)
        sagemaker_ie_backend.list_pages = "sparse"

    def test_they_show_what_the_filter_leaves_of_them(self, sagemaker_ie: Any) -> None:
        pages = [*TestPages.pages(sagemaker_ie, StatusEquals="Running", MaxResults=2)]
        assert pages == [["e5"], [], [], ["e0"]]

    def test_without_a_filter_they_are_as_ever(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sparse = [*TestPages.pages(sagemaker_ie, MaxResults=3)]
        sagemaker_ie_backend.list_pages = "full"
        assert sparse == [*TestPages.pages(sagemaker_ie, MaxResults=3)]

    def test_another_way_is_a_mistake(self, sagemaker_ie_backend: Any) -> None:
        with pytest.raises(ValueError, match='list_pages is \'short\': give "full" or "sparse"'):
            sagemaker_ie_backend.list_pages = "short"
        assert sagemaker_ie_backend.list_pages == "sparse"


class TestPages:
    @pytest.fixture
    def seed_many(self, sagemaker_ie_backend: Any) -> Callable[[int], list[str]]:
        """Seed so many, and return their names, the last created first."""

        def seeded(count: int) -> list[str]:
            for number in range(count):
                sagemaker_ie_backend.seed(
                    f"churn-{number:03}", STATUSES[number % 8], CreationTime=NOON - 20 * DAY + number * SECOND
                )
            return [f"churn-{number:03}" for number in reversed(range(count))]

        return seeded

    @staticmethod
    def pages(client: Any, **request: Any) -> Iterator[list[str]]:
        for _ in range(100):
            page = client.list_inference_experiments(**request)
            yield [each["Name"] for each in page["InferenceExperiments"]]
            if "NextToken" not in page:
                return
            request["NextToken"] = page["NextToken"]
        pytest.fail("there is no end to the pages")

    def test_one_has_ten(self, sagemaker_ie: Any, seed_many: Any) -> None:
        everything = seed_many(25)
        assert list(self.pages(sagemaker_ie)) == [everything[:10], everything[10:20], everything[20:]]

    @pytest.mark.parametrize("size", [1, 2, 7, 19, 20, 21, 100])
    @pytest.mark.parametrize(("sort_by", "sort_order"), ORDERS)
    def test_all_together_are_the_whole_list(
        self, sagemaker_ie: Any, seed_many: Any, names: Any, size: int, sort_by: str, sort_order: str
    ) -> None:
        seed_many(20)
        order = {"SortBy": sort_by, "SortOrder": sort_order}
        everything = names(**order, MaxResults=100)
        assert len(everything) == 20
        expected = [everything[begin : begin + size] for begin in range(0, 20, size)]
        assert list(self.pages(sagemaker_ie, **order, MaxResults=size)) == expected

    @pytest.mark.parametrize("request_", [{"StatusEquals": "Running"}, {"NameContains": "-00"}])
    @pytest.mark.parametrize(("sort_by", "sort_order"), ORDERS)
    def test_all_together_are_the_whole_list_of_a_filter(
        self, sagemaker_ie: Any, seed_many: Any, names: Any, request_: Any, sort_by: str, sort_order: str
    ) -> None:
        seed_many(30)
        request = {**request_, "SortBy": sort_by, "SortOrder": sort_order}
        everything = names(**request)
        pages = list(self.pages(sagemaker_ie, **request, MaxResults=3))
        assert [name for page in pages for name in page] == everything
        assert all(len(page) == 3 for page in pages[:-1])

    @pytest.mark.parametrize("count", [9, 10])
    def test_the_last_has_no_token_even_if_it_is_full(self, sagemaker_ie: Any, seed_many: Any, count: int) -> None:
        seed_many(count)
        assert "NextToken" not in sagemaker_ie.list_inference_experiments()

    def test_the_size_may_change_from_page_to_page(self, sagemaker_ie: Any, seed_many: Any) -> None:
        everything = seed_many(20)
        page = sagemaker_ie.list_inference_experiments(MaxResults=4)
        rest = sagemaker_ie.list_inference_experiments(NextToken=page["NextToken"], MaxResults=100)
        assert [each["Name"] for each in rest["InferenceExperiments"]] == everything[4:]

    def test_a_token_may_be_used_again(self, sagemaker_ie: Any, seed_many: Any, names: Any) -> None:
        everything = seed_many(20)
        token = sagemaker_ie.list_inference_experiments()["NextToken"]
        assert names(NextToken=token) == names(NextToken=token) == everything[10:]

    def test_a_page_of_none_is_refused_by_the_client(self, sagemaker_ie: Any) -> None:
        with pytest.raises(ParamValidationError, match="MaxResults"):
            sagemaker_ie.list_inference_experiments(MaxResults=0)

    @pytest.mark.parametrize(("sort_by", "sort_order"), ORDERS)
    def test_a_token_goes_on_after_an_experiment_that_is_gone(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, names: Any, sort_by: str, sort_order: str
    ) -> None:
        for number in range(6):
            sagemaker_ie_backend.seed(f"churn-{number}")
        order = {"SortBy": sort_by, "SortOrder": sort_order}
        everything = names(**order)
        page = sagemaker_ie.list_inference_experiments(**order, MaxResults=3)
        sagemaker_ie.delete_inference_experiment(Name=everything[2])
        assert names(**order, NextToken=page["NextToken"]) == everything[3:]

    def test_a_token_goes_on_where_nothing_is_left(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        for number in range(3):
            sagemaker_ie_backend.seed(f"churn-{number}")
        token = sagemaker_ie.list_inference_experiments(MaxResults=2)["NextToken"]
        sagemaker_ie.delete_inference_experiment(Name="churn-0")
        page = sagemaker_ie.list_inference_experiments(NextToken=token)
        assert page["InferenceExperiments"] == []
        assert "NextToken" not in page

    def test_one_created_between_two_pages_does_not_disturb_the_newest_first(
        self, sagemaker_ie: Any, seed_many: Any, names: Any
    ) -> None:
        everything = seed_many(15)
        token = sagemaker_ie.list_inference_experiments()["NextToken"]
        sagemaker_ie.create_inference_experiment(**creation("newcomer"))
        assert names(NextToken=token) == everything[10:]

    def test_one_created_between_two_pages_comes_last_of_the_oldest_first(
        self, sagemaker_ie: Any, seed_many: Any, names: Any
    ) -> None:
        everything = seed_many(15)[::-1]
        token = sagemaker_ie.list_inference_experiments(SortOrder="Ascending")["NextToken"]
        sagemaker_ie.create_inference_experiment(**creation("newcomer"))
        assert names(NextToken=token, SortOrder="Ascending") == [*everything[10:], "newcomer"]


class TestBotocoresPaginator:
    @pytest.fixture(autouse=True)
    def _experiments(self, sagemaker_ie_backend: Any) -> None:
        for number in range(25):
            sagemaker_ie_backend.seed(f"churn-{number:02}")

    @staticmethod
    def listed(pages: Any) -> list[str]:
        return [each["Name"] for page in pages for each in page["InferenceExperiments"]]

    @pytest.mark.parametrize("size", [None, 1, 4, 25, 100])
    def test_it_gives_all(self, sagemaker_ie: Any, size: int | None) -> None:
        pages = sagemaker_ie.get_paginator("list_inference_experiments").paginate(
            SortBy="Name", SortOrder="Ascending", PaginationConfig={"PageSize": size}
        )
        assert self.listed(pages) == [f"churn-{number:02}" for number in range(25)]

    def test_it_goes_on_from_a_token(self, sagemaker_ie: Any) -> None:
        paginator = sagemaker_ie.get_paginator("list_inference_experiments")
        names: list[str] = []
        token = None
        for _ in range(4):
            pages = paginator.paginate(PaginationConfig={"MaxItems": 8, "PageSize": 3, "StartingToken": token})
            result = pages.build_full_result()
            names += [each["Name"] for each in result["InferenceExperiments"]]
            token = result.get("NextToken")
        assert names == [f"churn-{number:02}" for number in reversed(range(25))]
        assert token is None

    def test_it_searches(self, sagemaker_ie: Any) -> None:
        pages = sagemaker_ie.get_paginator("list_inference_experiments").paginate()
        found = pages.search("InferenceExperiments[?Name == 'churn-07'].Status")
        assert list(found) == ["Created"]

    @given(
        sort_by=st.sampled_from(["Name", "CreationTime", "Status"]),
        sort_order=st.sampled_from(["Ascending", "Descending"]),
        size=st.integers(1, 6),
        before=st.sets(st.integers(0, 30), max_size=20),
        between=st.lists(st.sets(st.integers(0, 30), max_size=5), max_size=8),
    )
    def test_those_that_are_there_throughout_come_once_each(
        self, sort_by: str, sort_order: str, size: int, before: set[int], between: list[set[int]]
    ) -> None:
        """Between two pages, each of a set of experiments is created, or is deleted if it is there."""
        client = boto3.client("sagemaker", "us-east-1")
        far = {"StartTime": NOON + 3 * DAY}
        with mock_inference_experiments(region="us-east-1"):
            there: set[str] = set()
            throughout: set[str] = set()

            def turn(number: int) -> None:
                name = f"churn-{number:02}"
                if name in there:
                    client.delete_inference_experiment(Name=name)
                    throughout.discard(name)
                else:
                    client.create_inference_experiment(**creation(name, Schedule=far if number % 3 else {}))
                    if number % 3 == 0:
                        client.stop_inference_experiment(Name=name, ModelVariantActions={"production": "Retain"})
                there.symmetric_difference_update({name})

            for number in sorted(before, key=lambda each: each * 17 % 31):
                turn(number)
            throughout |= there
            request = {"SortBy": sort_by, "SortOrder": sort_order, "PaginationConfig": {"PageSize": size}}
            whole = self.listed(client.get_paginator("list_inference_experiments").paginate(**request))
            assert sorted(whole) == sorted(there)
            pages = client.get_paginator("list_inference_experiments").paginate(**request)
            seen: list[str] = []
            for page, changes in zip_longest(pages, between, fillvalue=()):
                names = self.listed([page] if page else [])
                assert set(names) <= there
                seen += names
                for number in changes:
                    turn(number)
        assert [name for name in seen if name in throughout] == [name for name in whole if name in throughout]
        comings = {name: seen.count(name) for name in seen if name in throughout}
        assert comings == dict.fromkeys(throughout, 1)


class TestTokens:
    """A token that is not one that was answered, for this very list, is a ValidationException."""

    @pytest.fixture(autouse=True)
    def _experiments(self, sagemaker_ie_backend: Any) -> None:
        for number in range(25):
            sagemaker_ie_backend.seed(f"churn-{number:02}")

    @pytest.fixture
    def token(self, sagemaker_ie: Any) -> str:
        token: str = sagemaker_ie.list_inference_experiments()["NextToken"]
        return token

    def test_it_fits_the_model(self, sagemaker_ie: Any, token: str) -> None:
        shape = sagemaker_ie.meta.service_model.shape_for("NextToken")
        assert isinstance(token, str)
        assert 0 < len(token) <= shape.metadata["max"]

    def test_that_of_the_longest_name_and_of_every_filter_fits_the_model(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any
    ) -> None:
        for letter in "ab":
            sagemaker_ie_backend.seed("c" * 60 + letter * 60)
        request = {
            "NameContains": "c" * 60,
            "Type": "ShadowMode",
            "StatusEquals": "Created",
            **{f"{time}After": NOON - 400 * DAY for time in ("CreationTime", "LastModifiedTime")},
            **{f"{time}Before": NOON + 400 * DAY for time in ("CreationTime", "LastModifiedTime")},
            "SortBy": "Name",
            "SortOrder": "Ascending",
            "MaxResults": 1,
        }
        page = sagemaker_ie.list_inference_experiments(**request)
        assert len(page["NextToken"]) <= sagemaker_ie.meta.service_model.shape_for("NextToken").metadata["max"]
        (last,) = sagemaker_ie.list_inference_experiments(**request, NextToken=page["NextToken"])[
            "InferenceExperiments"
        ]
        assert last["Name"] == "c" * 60 + "b" * 60

    @pytest.mark.parametrize("filter_", ["c", "ch", "chu"])  # so that tokens of three lengths in a row are tried
    def test_no_character_may_be_another(self, sagemaker_ie: Any, refusal: Any, filter_: str) -> None:
        token = sagemaker_ie.list_inference_experiments(NameContains=filter_)["NextToken"]
        others = string.ascii_letters + string.digits + "-_="
        for position, character in enumerate(token):
            place = others.index(character)
            for other in {others[place - 1], others[(place + 1) % len(others)], "!", "A"} - {character}:
                altered = token[:position] + other + token[position + 1 :]
                assert "NextToken" in refusal(NextToken=altered, NameContains=filter_)

    ALTERATIONS: ClassVar[dict[str, Callable[[str], str]]] = {
        "empty": lambda token: "",
        "a word": lambda token: "token",
        "a sentence": lambda token: "not a token",
        "other base64": lambda token: base64.b64encode(b"{}").decode(),
        "very long": lambda token: "x" * 8192,
        "without the last": lambda token: token[:-1],
        "without the first": lambda token: token[1:],
        "half of it": lambda token: token[: len(token) // 2],
        "reversed": lambda token: token[::-1],
        "other case": lambda token: token.swapcase(),
        "twice": lambda token: token + token,
        "one more": lambda token: token + "x",
        "a padding more": lambda token: token + "=",
        "two paddings more": lambda token: token + "==",
        "a space after": lambda token: token + " ",
        "a mark before": lambda token: "!" + token,
        "a mark within": lambda token: token[:9] + "!" + token[9:],
        "a letter beyond ASCII after": lambda token: token + "é",
    }

    @pytest.mark.parametrize("alteration", ALTERATIONS)
    def test_an_altered_one_is_refused(self, refusal: Any, token: str, alteration: str) -> None:
        assert "NextToken" in refusal(NextToken=self.ALTERATIONS[alteration](token))

    def test_one_too_long_is_refused(self, refusal: Any) -> None:
        constraint = "at 'nextToken' failed to satisfy constraint: Member must have length less than or equal to 8192"
        assert constraint in refusal(NextToken="x" * 8193)

    def test_that_of_another_account_is_refused(self, refusal: Any, token: str) -> None:
        with mock_inference_experiments(account_id="210987654321") as other:
            for number in range(25):
                other.seed(f"churn-{number:02}")
            foreign = boto3.client("sagemaker").list_inference_experiments()["NextToken"]
        assert "NextToken" in refusal(NextToken=foreign)

    def test_that_of_another_region_is_refused(self, sagemaker_ie_backend: Any, token: str) -> None:
        for number in range(25):
            sagemaker_ie_backend.seed(f"churn-{number:02}", region="eu-west-1")
        with pytest.raises(ClientError, match=r"ValidationException.*NextToken"):
            boto3.client("sagemaker", "eu-west-1").list_inference_experiments(NextToken=token)

    @pytest.mark.parametrize(
        "request_",
        [
            {"SortBy": "Name"},
            {"SortBy": "Status"},
            {"SortOrder": "Ascending"},
            {"NameContains": "churn"},
            {"StatusEquals": "Created"},
            {"Type": "ShadowMode"},
            {"CreationTimeAfter": NOON - 90 * DAY},
            {"CreationTimeBefore": NOON + 90 * DAY},
            {"LastModifiedTimeAfter": NOON - 90 * DAY},
            {"LastModifiedTimeBefore": NOON + 90 * DAY},
        ],
        ids=lambda request: next(iter(request)),
    )
    def test_that_of_another_list_is_refused(
        self, sagemaker_ie: Any, refusal: Any, token: str, request_: dict[str, Any]
    ) -> None:
        assert "NextToken" in refusal(NextToken=token, **request_)
        other = sagemaker_ie.list_inference_experiments(**request_)["NextToken"]
        assert "NextToken" in refusal(NextToken=other)

    def test_the_order_may_be_named_or_left_to_the_default(self, names: Any, token: str) -> None:
        rest = names(NextToken=token)
        assert names(NextToken=token, SortBy="CreationTime", SortOrder="Descending") == rest

    def test_a_refused_one_changes_nothing(self, sagemaker_ie: Any, refusal: Any, names: Any, token: str) -> None:
        rest = names(NextToken=token)
        refusal(NextToken=token[:-9])
        assert names(NextToken=token) == rest
