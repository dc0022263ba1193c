# SPDX-License-Identifier: MIT OR Apache-2.0
"""Medians, ratios and verdicts. Nothing here starts a process."""

import dataclasses
import statistics


@dataclasses.dataclass(frozen=True)
class Target:
    """What the ratio ours / reference has to be."""

    limit: float
    at_least: bool  # otherwise at most

    def is_met(self, ratio: float) -> bool:
        return ratio >= self.limit if self.at_least else ratio <= self.limit

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.limit:g} x"


@dataclasses.dataclass(frozen=True)
class Comparison:
    ours: float
    reference: float
    ratio: float
    spread: float  # half the range of the per-pair ratios, relative to the ratio


def compare(ours: list[float], reference: list[float]) -> Comparison:
    """Medians of both sides, and the median of the ratios of the pairs, which is steadier than the ratio of the medians:
    the runs of a pair follow each other at once and share the mood of the machine."""
    if not ours or len(ours) != len(reference):
        raise ValueError(f"{len(ours)} and {len(reference)} values are no pairs")
    if not all(value > 0 for value in ours + reference):
        raise ValueError("measured values are positive")
    ratios = [mine / theirs for mine, theirs in zip(ours, reference)]
    ratio = statistics.median(ratios)
    return Comparison(statistics.median(ours), statistics.median(reference), ratio,
                      (max(ratios) - min(ratios)) / 2 / ratio)


def order_of(pairings: list, run: int) -> list:
    """ABBA: every second run goes backwards, so that a drift of the machine meets all alike."""
    return list(pairings) if run % 2 == 0 else list(reversed(pairings))


def busy_share(before: list[int], after: list[int], own_seconds: float, ticks_per_second: int) -> float:
    """The share of all cores that processes other than ours used, from two "cpu" lines of /proc/stat."""
    passed = [late - early for early, late in zip(before, after)]
    idle = passed[3] + passed[4]
    total = sum(passed[:8])
    if total <= 0:
        return 0.0
    return max(0.0, (total - idle - own_seconds * ticks_per_second) / total)
