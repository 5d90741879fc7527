"""The requests: valid ones made from the service model, and what becomes of them by changes of every kind.

Everything is drawn from one generator of random numbers, so a seed gives the same requests again.
"""

import functools
import json
import random
import time
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from service_model import OPERATIONS, input_shape, valid, wire
from valid_requests import shadow_mode, variant

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Requests"]

NAMES = ["churn", "fraud", "price", "a", "A", "z" * 120, "rank-2"]
ARN = "arn:aws:sagemaker:us-east-1:123456789012:inference-experiment/"
DAY = 86_400

# Reads and deletions come seldom: what there is to change should last.
_WEIGHTS = {
    "CreateInferenceExperiment": 3,
    "UpdateInferenceExperiment": 4,
    "DeleteInferenceExperiment": 0.5,
    "ListTags": 0.5,
}

_TEXTS = [
    *(
        "",
        " ",
        "\n",
        "\x00",
        "\x7f",
        "\x85",
        "\u2028",
        "\ufeff",
        "\u200b",
        "\ud800",
        "\udfff",
        "\U0010ffff",
        "é",
        "e\u0301",
    ),
    *(
        "ß",
        "İ",
        "ĳ",
        "漢字",
        "🦊",
        "👩\u200d👩\u200d👧",
        "\u202ereversed",
        "'",
        '"',
        "\\",
        "'; --",
        "${x}",
        "%s",
        "{0}",
        "../..",
        "null",
    ),
    *("aws:", "AWS:x", "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e", ARN, "a" * 64, "-" * 64, "a-" * 2000),
    *(
        "Created",
        "Running",
        "Promote",
        "ShadowMode",
        "ml.inf1.xlarge",
        "ml.m5.xlarge",
        "production",
        "shadow",
        "2030-01-01",
    ),
]
_NUMBERS = [
    0,
    -0.0,
    1,
    -1,
    0.5,
    49,
    50,
    100,
    101,
    2**31 - 1,
    2**31,
    -(2**31),
    -(2**31) - 1,
    2**63,
    10**30,
    1e300,
    -1e300,
]
_NUMBERS += [1e15, 253402300799, 253402300800, -62135596800, -62135596801, float("nan"), float("inf"), float("-inf")]


class Requests:
    """An endless supply of operations and bodies."""

    def __init__(self, chosen_seed: int, examples: int) -> None:
        self._random = random.Random(chosen_seed)
        self._valid = {operation: _examples(operation, chosen_seed, examples) for operation in OPERATIONS}
        self._operations = list(OPERATIONS)
        self._weights = [_WEIGHTS.get(operation, 1) for operation in OPERATIONS]
        self.token: str | None = None
        """A NextToken that the account gave, to be used and to be altered."""
        kinds: dict[Callable[[str], bytes], float] = {
            self._as_it_is: 40,
            self._changed: 35,
            self._other_json: 8,
            self._broken_bytes: 10,
            self._noise: 4,
            self._deep: 2.8,
            self._huge: 0.2,
        }
        self._kinds, self._shares = list(kinds), list(kinds.values())

    def next(self) -> tuple[str, bytes]:
        """Return an operation and the bytes to send it."""
        [operation] = self._random.choices(self._operations, self._weights)
        [kind] = self._random.choices(self._kinds, self._shares)
        return operation, kind(operation)

    def sometimes(self, chance: float) -> bool:
        return self._random.random() < chance

    def a_while(self) -> float:
        """Return some seconds, from a moment to a month."""
        return self._random.choice([0.001, 1, 60, 600, 7200, DAY, 3 * DAY, 8 * DAY, 31 * DAY])

    def _request(self, operation: str) -> dict[str, Any]:
        """Return a valid request, mostly about an experiment that may exist and with values that fit each other."""
        request: dict[str, Any] = json.loads(self._random.choice(self._valid[operation]))
        pick, now = self._random.choice, int(time.time())
        start, days = now + pick([0, 1, DAY, 5 * DAY]), pick([1, 7, 30])
        variants = [variant("production", count=pick([1, 2])), variant("shadow", model=pick(["m", "m-2"]))]
        fitting = {
            "Name": pick(NAMES),
            "ResourceArn": ARN + pick(NAMES),
            "EndpointName": f"{pick(NAMES)}-endpoint",
            "ModelVariants": variants if operation.startswith("Create") else pick([variants, variants[1:]]),
            "ShadowModeConfig": shadow_mode(sampling=pick([0, 50, 100])),
            "Schedule": {"StartTime": start, "EndTime": start + days * DAY},
            "ModelVariantActions": {"production": pick(["Retain", "Remove"]), "shadow": pick(["Remove", "Promote"])},
        }
        request.update({name: value for name, value in fitting.items() if name in request and self.sometimes(0.9)})
        for name in ("DesiredModelVariants", "NextToken", "Schedule"):
            if name in request and self.sometimes(0.7):
                del request[name]
        if operation.startswith("List") and self.token is not None and self.sometimes(0.2):
            request = {"NextToken": self.token, "MaxResults": 1}
        if operation == "ListInferenceExperiments" and self.sometimes(0.2):
            request = {"MaxResults": 1}
        return request

    def _as_it_is(self, operation: str) -> bytes:
        return self._encoded(self._request(operation))

    def _changed(self, operation: str) -> bytes:
        value: Any = self._request(operation)
        for _ in range(self._random.choice([1, 1, 1, 2, 3, 8])):
            value = self._change(value)
        return self._encoded(value)

    def _change(self, value: Any) -> Any:
        """Change one thing somewhere in a value."""
        if not isinstance(value, (dict, list)) or not value or self.sometimes(0.1):
            return self._changed_scalar(value)
        place = self._random.choice(list(value) if isinstance(value, dict) else range(len(value)))
        what = self._random.random()
        if what < 0.6:
            value[place] = self._change(value[place])
        elif what < 0.75:
            value.pop(place)
        elif isinstance(value, list):
            value += [value[place]] * self._random.choice([1, 2, 60] if len(value) < 60 else [1])
        elif what < 0.85:
            value[self._text()] = self._json(2)
        else:
            value[self._text()] = value.pop(place)
        return value

    def _changed_scalar(self, value: Any) -> Any:
        if isinstance(value, str) and self.sometimes(0.6):
            place = self._random.randrange(len(value) + 1)
            return self._random.choice(
                [
                    value[:place] + self._text() + value[place:],
                    value[:place] + value[place + 1 :],
                    value.swapcase(),
                    value * self._random.choice([2, 20, 300] if len(value) < 300 else [2]),
                ]
            )
        if isinstance(value, (int, float)) and self.sometimes(0.5):
            return value + self._random.choice([-1, 1, 0.5, -(2**31), DAY * 40])
        return self._json(2)

    def _json(self, depth: int) -> Any:
        kind = self._random.randrange(7 if depth else 5)
        if kind == 5:
            return [self._json(depth - 1) for _ in range(self._random.randrange(4))]
        if kind == 6:
            return {self._text(): self._json(depth - 1) for _ in range(self._random.randrange(4))}
        scalars: list[Callable[[], Any]] = [
            lambda: None,
            lambda: self.sometimes(0.5),
            self._number,
            self._text,
            self._text,
        ]
        return scalars[kind]()

    def _number(self) -> Any:
        return self._random.choice(_NUMBERS) if self.sometimes(0.7) else self._random.uniform(-1e10, 1e10)

    def _text(self) -> str:
        if self.sometimes(0.7):
            return self._random.choice(_TEXTS)
        return "".join(chr(self._random.randrange(0x110000)) for _ in range(self._random.randrange(12)))

    def _other_json(self, operation: str) -> bytes:
        value = self._json(4)
        if self.sometimes(0.5):
            value = {name: self._json(3) for name in input_shape(operation).members if self.sometimes(0.6)}
        return self._encoded(value)

    def _broken_bytes(self, operation: str) -> bytes:
        body = bytearray(self._as_it_is(operation))
        for _ in range(self._random.choice([1, 1, 2, 5])):
            place = self._random.randrange(len(body) + 1)
            what = self._random.randrange(5)
            if what == 0:
                del body[place:]
            elif what == 1:
                body[place:place] = self._random.randbytes(self._random.choice([1, 2, 4]))
            elif what == 2:
                body[place : place + 1] = b""
            elif what == 3:
                body[place:place] = self._random.choice(
                    [b" ", b"\xef\xbb\xbf", b"\\u", b'"', b"{", b"}", b"[", b",", b"\xff"]
                )
            else:
                body += body[place:]
        return bytes(body)

    def _noise(self, operation: str) -> bytes:
        return self._random.randbytes(self._random.choice([0, 1, 10, 1000]))

    def _deep(self, operation: str) -> bytes:
        request = self._request(operation)
        request[self._random.choice([*input_shape(operation).members, "Unknown"])] = "HERE"
        opening, closing = self._random.choice([("[", "]"), ('{"a":', "}"), ('[{"a":[', "]}]"), ("[1,2,", "]")])
        depth = self._random.choice([10, 100, 240, 330, 480, 700, 960, 1000, 3000, 20_000])
        nested = opening * depth + "1" + closing * self._random.choice([depth, depth, depth, depth - 1])
        return self._encoded(request).replace(b'"HERE"', nested.encode(), 1)

    def _huge(self, operation: str) -> bytes:
        request = self._request(operation)
        member = self._random.choice([*input_shape(operation).members, "Unknown"])
        request[member] = self._random.choice(
            [
                "a" * 1_000_000,
                "-" * 300_000,
                "a-" * 150_000,
                ["x"] * 50_000,
                [{}] * 10_000,
                {f"k{number}": "Retain" for number in range(20_000)},
                10**4000,
                "\u2028" * 100_000,
            ]
        )
        return self._encoded(request)

    def _encoded(self, value: Any) -> bytes:
        text = json.dumps(value, ensure_ascii=self.sometimes(0.8))
        if self.sometimes(0.05):
            text = f"\n\t {text}\r\n "
        return text.encode("utf-8", "surrogatepass")


@functools.cache
def _examples(operation: str, chosen_seed: int, count: int) -> list[str]:
    """Return valid requests, each as the JSON that botocore would send; drawing them takes a second or two."""
    found: list[str] = []

    @seed(chosen_seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(valid(input_shape(operation)))
    def collect(value: Any) -> None:
        found.append(json.dumps(wire(operation, value)))

    collect()
    return found
