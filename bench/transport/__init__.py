# SPDX-License-Identifier: MIT OR Apache-2.0
"""The comparison of `./dev bench transport`, in parts: peers run, rows define, statistics judge, report prints."""
