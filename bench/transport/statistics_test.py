# SPDX-License-Identifier: MIT OR Apache-2.0
import unittest

from transport.statistics import Target, busy_share, compare, order_of


class CompareTest(unittest.TestCase):
    def test_ratio_is_the_median_of_the_pairs_not_of_the_medians(self):
        # The third pair ran while the machine was slow for both.
        compared = compare([20.0, 22.0, 5.0], [10.0, 11.0, 2.5])
        self.assertEqual(compared.ratio, 2.0)
        self.assertEqual(compared.ours, 20.0)
        self.assertEqual(compared.reference, 10.0)
        self.assertEqual(compared.spread, 0.0)

    def test_spread_is_half_the_range_relative_to_the_ratio(self):
        self.assertAlmostEqual(compare([1.0, 2.0, 3.0], [1.0, 1.0, 1.0]).spread, 0.5)

    def test_even_numbers_of_runs_have_a_median_between(self):
        self.assertEqual(compare([1.0, 3.0], [1.0, 1.0]).ratio, 2.0)

    def test_refuses_what_are_no_pairs(self):
        for ours, reference in (([], []), ([1.0], [1.0, 2.0]), ([1.0], [0.0]), ([-1.0], [1.0])):
            with self.assertRaises(ValueError):
                compare(ours, reference)


class TargetTest(unittest.TestCase):
    def test_limits_are_inclusive_in_both_directions(self):
        self.assertTrue(Target(2, True).is_met(2.0))
        self.assertFalse(Target(2, True).is_met(1.99))
        self.assertTrue(Target(0.5, False).is_met(0.5))
        self.assertFalse(Target(0.5, False).is_met(0.51))


class OrderTest(unittest.TestCase):
    def test_every_second_run_goes_backwards(self):
        self.assertEqual([order_of(["a", "b"], run) for run in range(3)], [["a", "b"], ["b", "a"], ["a", "b"]])


class BusyShareTest(unittest.TestCase):
    def test_counts_what_neither_idled_nor_was_ours(self):
        # 200 ticks on all cores: 100 idle, 60 ours, 40 of others.
        before = [0] * 10
        after = [70, 0, 30, 90, 10, 0, 0, 0, 0, 0]
        self.assertAlmostEqual(busy_share(before, after, own_seconds=0.6, ticks_per_second=100), 0.2)

    def test_is_never_negative(self):
        self.assertEqual(busy_share([0] * 10, [50, 0, 0, 50, 0, 0, 0, 0, 0, 0], 9.0, 100), 0.0)
        self.assertEqual(busy_share([0] * 10, [0] * 10, 0.0, 100), 0.0)


if __name__ == "__main__":
    unittest.main()
