"""ListInferenceExperiments: the filters, the order, the page, and the token of the next page."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

from pytest_sagemaker_ie.core.errors import ValidationException
from pytest_sagemaker_ie.core.experiment import ExperimentState
from pytest_sagemaker_ie.core.request import Outcome, Request
from pytest_sagemaker_ie.core.wire import Wire

ORDERS: Final[Mapping[str, Callable[[ExperimentState], Any]]] = {
    "CreationTime": lambda each: (each.creation_time, each.sequence),
    "Name": lambda each: each.name,
    "Status": lambda each: (each.status, each.creation_time, each.sequence),
}
"""By SortBy, the function that returns an experiment's place in the order."""


def list_inference_experiments(request: Request) -> Outcome:
    """Return a page of summaries: by default ten, the newest CreationTime first (assumption).

    It fills each page (assumption). Other lists of SageMaker filter after MaxResults (source: SEEN in six reports), and
    so does this one if the test sets ``list_pages``.
    """
    region, parameters, now = request.region, request.parameters, request.now
    region.settle(now, *region.experiments.values())
    listing: Wire = {"SortBy": "CreationTime", "SortOrder": "Descending", **parameters, "Region": region.name}
    size, token = listing.pop("MaxResults", 10), listing.pop("NextToken", None)
    place, descending = ORDERS[listing["SortBy"]], listing["SortOrder"] == "Descending"

    is_sparse = region.account.list_pages == "sparse"
    wanted = [each for each in region.experiments.values() if is_sparse or _matches(each, parameters)]
    wanted.sort(key=place, reverse=descending)
    if token is not None:
        issued_for, last = issued(region.account.tokens, token)
        if issued_for != listing:
            raise ValidationException("NextToken belongs to a List call with other filters or another order.")
        # The token has a place in the order and no number, because experiments can have come and gone since.
        wanted = [each for each in wanted if (place(each) < last if descending else place(each) > last)]

    page = [each for each in wanted[:size] if _matches(each, parameters)]
    response: Wire = {"InferenceExperiments": [each.summarize() for each in page]}
    if len(wanted) > size:
        response["NextToken"] = secrets.token_urlsafe(32)
        region.account.tokens[response["NextToken"]] = (listing, place(wanted[size - 1]))
    for each in page:
        region.saw(each, now)
    return Outcome(response)


def issued(tokens: Mapping[str, tuple[Wire, Any]], token: str) -> tuple[Wire, Any]:
    """Return the listing for which List issued a NextToken, and the place after which it goes on."""
    if token not in tokens:
        raise ValidationException("NextToken is unknown: no List call of this account returned it.")
    return tokens[token]


def _matches(experiment: ExperimentState, parameters: Wire) -> bool:
    """Whether a listing shows an experiment. Filters ...After are inclusive, filters ...Before are not (assumption)."""
    created, modified = experiment.creation_time, experiment.last_modified_time
    never, ever = float("-inf"), float("inf")
    return (
        parameters.get("NameContains", "").lower() in experiment.name.lower()
        and experiment.settings["Type"] == parameters.get("Type", experiment.settings["Type"])
        and experiment.status == parameters.get("StatusEquals", experiment.status)
        and parameters.get("CreationTimeAfter", never) <= created < parameters.get("CreationTimeBefore", ever)
        and parameters.get("LastModifiedTimeAfter", never) <= modified < parameters.get("LastModifiedTimeBefore", ever)
    )
