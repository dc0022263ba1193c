# SPDX-License-Identifier: MIT OR Apache-2.0
"""Unit tests of spec.py: run with python3 -m unittest from scripts/."""

import pathlib
import unittest

import spec

DOCUMENT = """
# Title
1. not in the checklist
## 8. Conformance checklist
Intro with 3 words.
**Group**
1. MUST do one
   continued
2. MUST do two:
1. a nested list that restarts does not count
3. MUST do three
## 9. Scenarios
4. not in the checklist
### C-007 · a case
"""


class Checklist(unittest.TestCase):
    def test_items_count_up_inside_the_checklist_section_only(self):
        self.assertEqual(spec.checklist(DOCUMENT), ["1", "2", "3", "C-007"])

    def test_subsections_do_not_end_the_section(self):
        self.assertEqual(spec.checklist("## 7. Conformance\n### 7.1 Checklist\n1. a\n"), ["1"])


class Citations(unittest.TestCase):
    def test_single_list_and_ranges(self):
        self.assertEqual(spec.citations("x\n// [quic.md 17] text [endpoint.md 9, 11-13, 20–21]"),
                         [(2, "quic.md", ["17"]), (2, "endpoint.md", ["9", "11", "12", "13", "20", "21"])])

    def test_sections_name_no_item(self):
        self.assertEqual(spec.citations("[quic.md §3.5] [tools.md 3, §3.5]"), [(1, "quic.md", []), (1, "tools.md", ["3"])])

    def test_cases(self):
        self.assertEqual(spec.citations("[cases.md C-007]"), [(1, "cases.md", ["C-007"])])

    def test_other_brackets_are_no_citations(self):
        self.assertEqual(spec.citations("[RFC 9000 §13.1] v[quic] [quic.md]"), [])


class Join(unittest.TestCase):
    def exceptions(self, **entry):
        documents, errors = {"quic.md": {"1": spec.Item(), "2": spec.Item()}}, []
        spec.join_exceptions(documents, [entry], errors)
        return documents["quic.md"], errors

    def test_exception_needs_a_reason_and_an_existing_item(self):
        self.assertEqual(len(self.exceptions(document="quic.md", items="2", status="later", reason=" ")[1]), 1)
        self.assertEqual(len(self.exceptions(document="quic.md", items="3", status="later", reason="because")[1]), 1)
        self.assertEqual(len(self.exceptions(document="none.md", items="1", status="later", reason="because")[1]), 1)

    def test_exception_of_all_items(self):
        items, errors = self.exceptions(document="quic.md", items="all", status="later", reason="because")
        self.assertEqual((errors, [item.status() for item in items.values()]), ([], ["later", "later"]))

    def test_status_of_an_item(self):
        self.assertEqual(spec.Item().status(), "open")
        self.assertEqual(spec.Item(code=["a"]).status(), "code only")
        self.assertEqual(spec.Item(test=["a"]).status(), "test only")
        self.assertEqual(spec.Item(code=["a"], test=["b"], exception={"status": "later"}).status(), "code+test")

    def test_what_counts_as_a_test(self):
        for path, expected in (("src/quic/a_test.cpp", True), ("tests/sim/world.cpp", True), ("fuzz/targets/a.cpp", True),
                               ("src/quic/a.cpp", False), ("tools/main.cpp", False)):
            self.assertEqual(spec.is_test(pathlib.PurePath(path)), expected, path)


if __name__ == "__main__":
    unittest.main()
