# SPDX-License-Identifier: MIT OR Apache-2.0
"""From results to tables and JSON."""

import statistics

from transport.rows import MORE_ROWS, ROWS, Row, cpu_per_gb, cpu_seconds, figure
from transport.statistics import Comparison, compare

OURS, REFERENCE = ("ours", "ours"), ("reference", "reference")  # client, server


class Results:
    """All results of a call: by pairing and measurement, one a run; failures as texts."""

    def __init__(self):
        self.by_pairing: dict[tuple, dict[str, list[dict]]] = {}
        self.failures: list[str] = []

    def add(self, pairing: tuple, name: str, result: dict) -> None:
        self.by_pairing.setdefault(pairing, {}).setdefault(name, []).append(result)

    def of(self, pairing: tuple, name: str) -> list[dict]:
        return self.by_pairing.get(pairing, {}).get(name, [])

    def compare(self, row: Row) -> Comparison | None:
        """Nothing if a measurement that the row needs was not made, or failed, on one side."""
        values = {}
        for pairing in (OURS, REFERENCE):
            series = [self.of(pairing, name) for name in row.needs]
            runs = min(len(results) for results in series)
            values[pairing] = [row.value({name: results[i] for name, results in zip(row.needs, series)}) for i in range(runs)]
        runs = min(len(series) for series in values.values())
        if runs == 0 or not all(value > 0 for series in values.values() for value in series):
            return None
        return compare(values[OURS][:runs], values[REFERENCE][:runs])


def as_json(results: Results) -> list[dict]:
    rows = []
    for row in ROWS:
        if (compared := results.compare(row)) is not None:
            rows.append({"name": row.name, "ours": round(compared.ours, 4), "reference": round(compared.reference, 4),
                         "ratio": round(compared.ratio, 4), "unit": row.unit})
    return rows


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}" if value < 10 else f"{value:.1f}"


def target_table(results: Results) -> list[str]:
    lines = [f"{'ours-ours and ref-ref':<26}{'ours':>10}{'reference':>11}  {'unit':<15}{'ratio':>6}{'+-':>6}   target"]
    for row in [*ROWS, None, *MORE_ROWS]:
        if row is None:
            lines.append("beside them")
            continue
        compared = results.compare(row)
        if compared is None:
            continue
        verdict = "met" if row.target.is_met(compared.ratio) else "MISSED"
        lines.append(f"{row.name:<26}{number(compared.ours):>10}{number(compared.reference):>11}  {row.unit:<15}"
                     f"{compared.ratio:>6.2f}{compared.spread * 100:>5.0f}%   {row.target}: {verdict}")
    return lines


def cost(results: list[dict]) -> str:
    """CPU of each side: per GB of a transfer, otherwise in all."""
    def median_of(side: str) -> float:
        return statistics.median(cpu_seconds(result, side) / (result["bytes"] / 1e9 if "bytes" in result else 1)
                                 for result in results)

    unit = "CPU-s/GB" if "bytes" in results[0] else "CPU-s"
    return f"{median_of('client'):.2f} + {median_of('server'):.2f} {unit}"


def pairing_table(results: Results) -> list[str]:
    """Medians of every pairing, client named first; CPU of client and server."""
    lines = []
    names = [name for measured in results.by_pairing.values() for name in measured]
    for name in dict.fromkeys(names):
        rows = [(pairing, measured[name]) for pairing, measured in sorted(results.by_pairing.items()) if name in measured]
        if "client" not in rows[0][1][0] or not figure(rows[0][1][0]):
            continue
        lines.append(f"{name}")
        for (client, server), series in rows:
            middle = sorted(series, key=sort_key)[len(series) // 2]
            lines.append(f"  {client + ' -> ' + server:<24}{figure(middle):<28}{cost(series)}")
    return lines


def sort_key(result: dict) -> float:
    if "p50" in result:
        return result["p50"]
    return cpu_per_gb(result) if "bytes" in result else result["seconds"]
