"""A row of the benchmarks' table: its figures, its budgets, and how they are printed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Budget", "Row", "shown_time"]


@dataclass(frozen=True)
class Budget:
    """What was promised, and what was reached."""

    promise: str
    """As ``"ours at most 1.15 times the floor"``."""
    reached: str
    met: bool

    @classmethod
    def of_ratio(cls, whose: str, seconds: float, limit: float, base: str, base_seconds: float) -> "Budget":
        """`whose` time is at most `limit` times that of `base`."""
        ratio = seconds / base_seconds
        return cls(f"{whose} at most {limit:.2f} times {base}", f"{ratio:.4f}", ratio <= limit)

    @classmethod
    def of_time(cls, whose: str, seconds: float, limit: float) -> "Budget":
        """`whose` time is at most `limit` seconds."""
        return cls(f"{whose} at most {shown_time(limit)}", shown_time(seconds), seconds <= limit)


@dataclass(frozen=True)
class Row:
    """One row: the medians of one run, in the order in which they are printed."""

    title: str
    how: str
    """What was measured, in a sentence."""
    medians: Mapping[str, float]
    base: str
    """The contender that the others are compared with."""
    budgets: Sequence[Budget]
    difference: bool = False
    """Whether what is added to the base matters, and not the ratio with it."""

    def __str__(self) -> str:
        base = self.medians[self.base]
        width = max(map(len, self.medians))
        lines = [self.title, f"  {self.how}"]
        for name, seconds in self.medians.items():
            compared = f"{(seconds - base) * 1e3:+8.1f} ms" if self.difference else f"{seconds / base:8.2f} x"
            lines.append(f"    {name:{width}}  {shown_time(seconds):>9}  {compared}")
        lines += [
            f"    budget: {each.promise}: {each.reached}, {'met' if each.met else 'MISSED'}" for each in self.budgets
        ]
        return "\n".join(lines)


def shown_time(seconds: float) -> str:
    """Return `seconds` in the unit that suits it."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.1f} µs"
    return f"{seconds * 1e3:.2f} ms" if seconds < 0.1 else f"{seconds * 1e3:.0f} ms"
