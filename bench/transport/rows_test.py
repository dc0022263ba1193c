# SPDX-License-Identifier: MIT OR Apache-2.0
import json
import unittest

from transport import report
from transport.rows import MORE_ROWS, ROWS, measurements

SIDES = {"client": {"user": 1.0, "system": 0.5, "rss": 1}, "server": {"user": 0.25, "system": 0.25, "rss": 1}}


def results_with(name: str, ours: list[dict], reference: list[dict]) -> report.Results:
    results = report.Results()
    for pairing, series in ((report.OURS, ours), (report.REFERENCE, reference)):
        for result in series:
            results.add(pairing, name, {**SIDES, **result})
    return results


def transfer(size: float, seconds: float) -> dict:
    return {"test": "throughput", "bytes": size, "seconds": seconds}


class RowsTest(unittest.TestCase):
    def test_rows_need_only_measurements_that_exist(self):
        for quick in (False, True):
            names = {measurement.name for measurement in measurements(quick)}
            for row in [*ROWS, *MORE_ROWS]:
                self.assertLessEqual(set(row.needs), names, row.name)

    def test_the_rows_that_the_json_promises_are_there(self):
        self.assertEqual([row.name for row in ROWS],
                         ["bulk-1-up", "bulk-1-down", "bulk-8-up", "cpu-per-gb", "bulk-no-gso", "datagrams", "handshakes",
                          "ping", "ping-spin", "memory-connection", "memory-endpoint"])


class ReportTest(unittest.TestCase):
    def test_json_has_the_medians_and_the_ratio(self):
        results = results_with("up", [transfer(1e9, 1), transfer(1e9, 0.5), transfer(1e9, 2)], [transfer(1e9, 2)] * 3)
        self.assertEqual(report.as_json(results),
                         [{"name": "bulk-1-up", "ours": 8.0, "reference": 4.0, "ratio": 2.0, "unit": "Gbit/s"}])
        json.dumps(report.as_json(results))

    def test_cpu_per_gb_takes_both_sides_and_both_directions(self):
        results = results_with("up", [transfer(1e9, 1)], [transfer(2e9, 1)])
        for pairing, size in ((report.OURS, 2e9), (report.REFERENCE, 2e9)):
            results.add(pairing, "down", {**SIDES, **transfer(size, 1)})
        row = next(row for row in report.as_json(results) if row["name"] == "cpu-per-gb")
        self.assertEqual((row["ours"], row["reference"]), (1.5, 1.0))

    def test_handshakes_count_the_servers_cpu_alone(self):
        results = results_with("handshakes", [{"test": "handshakes", "count": 100, "seconds": 1}],
                               [{"test": "handshakes", "count": 50, "seconds": 1}])
        self.assertEqual(report.as_json(results)[0]["ours"], 200.0)

    def test_rows_with_a_side_missing_are_left_out(self):
        results = results_with("up", [transfer(1e9, 1)], [])
        self.assertEqual(report.as_json(results), [])
        self.assertFalse(any("bulk-1-up" in line for line in report.target_table(results)))

    def test_a_failed_run_shortens_both_series(self):
        results = results_with("up", [transfer(1e9, 1)] * 2, [transfer(1e9, 2)])
        self.assertEqual(report.as_json(results)[0]["ratio"], 2.0)

    def test_the_table_says_what_is_met(self):
        results = results_with("up", [transfer(1e9, 1)], [transfer(1e9, 1.5)])
        line = next(line for line in report.target_table(results) if line.startswith("bulk-1-up"))
        self.assertTrue(line.endswith(">= 2 x: MISSED"), line)

    def test_all_pairings_are_shown_with_the_cost_of_each_side(self):
        results = results_with("up", [transfer(1e9, 1)], [transfer(1e9, 2)])
        results.add(("ours", "reference"), "up", {**SIDES, **transfer(1e9, 1)})
        lines = report.pairing_table(results)
        self.assertEqual(lines[0], "up")
        self.assertEqual(len(lines), 4)
        self.assertIn("1.50 + 0.50 CPU-s/GB", lines[1])


if __name__ == "__main__":
    unittest.main()
