#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Joins the numbered checklists of docs/spec/*.md with the citations in code and tests, and with docs/spec/exceptions.toml.

A citation is a document and item numbers in square brackets: [quic.md 17], [quic.md 17, 19-21]. Section citations ([quic.md §3.5]) are
checked for the document only. Exit code 1 if a citation or an exception names something that does not exist, or an exception has no reason.
"""

import argparse
import collections
import dataclasses
import json
import pathlib
import re
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[1]
SPEC = ROOT / "docs" / "spec"
SOURCE_FOLDERS = ("src", "include", "tools", "tests", "fuzz", "bench", "examples")
SUFFIXES = {".hpp", ".cpp", ".py", ".mjs"}
TEST_FOLDERS = {"tests", "fuzz"}
STATUSES = ("later", "not followed")

HEADING = re.compile(r"^## .*\b(conformance|checklist)\b", re.IGNORECASE)
ITEM = re.compile(r"^(\d+)\. ")
CASE = re.compile(r"^### (C-\d+)\b")
CITATION = re.compile(r"\[([a-z][a-z-]*\.md)\s+([^\]\n]+)\]")
NUMBERS = re.compile(r"^(\d+)(?:\s*[-–]\s*(\d+))?$")


def checklist(text: str) -> list:
    """Item names of one document: the numbers of its checklist section, which count up from 1, and cases (C-003)."""
    items, inside, last = [], False, 0
    for line in text.splitlines():
        if line.startswith("## "):
            inside = bool(HEADING.match(line))
        if case := CASE.match(line):
            items.append(case.group(1))
        elif inside and (number := ITEM.match(line)) and int(number.group(1)) == last + 1:
            last += 1
            items.append(str(last))
    return items


def cited_items(body: str) -> list:
    """'17, 19-21, §3.5' -> ['17', '19', '20', '21']: section citations name no item."""
    names = []
    for part in (part.strip() for part in body.split(",")):
        if numbers := NUMBERS.match(part):
            first, last = int(numbers.group(1)), int(numbers.group(2) or numbers.group(1))
            names.extend(str(number) for number in range(first, last + 1))
        elif re.fullmatch(r"C-\d+", part):
            names.append(part)
    return names


def citations(text: str) -> list:
    """(line number, document, items) of every citation in a source text."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for match in CITATION.finditer(line):
            found.append((number, match.group(1), cited_items(match.group(2))))
    return found


def is_test(path: pathlib.PurePath) -> bool:
    return path.parts[0] in TEST_FOLDERS or path.stem.endswith("_test")


def source_files():
    for folder in SOURCE_FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in SUFFIXES and "target" not in path.parts:
                yield path.relative_to(ROOT)


@dataclasses.dataclass
class Item:
    code: list = dataclasses.field(default_factory=list)
    test: list = dataclasses.field(default_factory=list)
    exception: dict | None = None

    def status(self) -> str:
        if self.code and self.test:
            return "code+test"
        if self.code or self.test:
            return "code only" if self.code else "test only"
        return self.exception["status"] if self.exception else "open"


COLUMNS = ("code+test", "code only", "test only", "later", "not followed", "open")


def load_documents() -> dict:
    """Specifications with their items; the pages of docs/internals can be cited too, but have none."""
    documents = {path.name: checklist(path.read_text()) for path in sorted(SPEC.glob("*.md")) if path.name != "README.md"}
    documents.update({path.name: [] for path in sorted((ROOT / "docs" / "internals").glob("*.md"))})
    return {name: {item: Item() for item in items} for name, items in documents.items()}


def join_citations(documents: dict, errors: list) -> None:
    for path in source_files():
        for line, document, names in citations((ROOT / path).read_text(errors="replace")):
            place = f"{path}:{line}"
            if document not in documents:
                errors.append(f"{place}: no document docs/spec/{document}")
                continue
            if not documents[document]:
                continue  # no checklist: numbers are sections
            for name in names:
                if name not in documents[document]:
                    errors.append(f"{place}: {document} has no item {name}")
                    continue
                item = documents[document][name]
                (item.test if is_test(path) else item.code).append(place)


def join_exceptions(documents: dict, entries: list, errors: list) -> None:
    for entry in entries:
        where = f"exceptions.toml: {entry.get('document')} {entry.get('items')}"
        if entry.get("document") not in documents:
            errors.append(f"{where}: no such document")
            continue
        items = documents[entry["document"]]
        if not str(entry.get("reason", "")).strip():
            errors.append(f"{where}: no reason")
        if entry.get("status") not in STATUSES:
            errors.append(f"{where}: status must be one of {', '.join(STATUSES)}")
            continue
        for name in list(items) if entry["items"] == "all" else cited_items(str(entry["items"])):
            if name in items:
                items[name].exception = entry
            else:
                errors.append(f"{where}: no item {name}")


def print_report(documents: dict, chosen: list, list_open: bool) -> None:
    print(f"{'document':<20}{'items':>7}" + "".join(f"{column:>14}" for column in COLUMNS))
    total = collections.Counter()
    for name, items in documents.items():
        if not items or (chosen and name not in chosen):
            continue
        counts = collections.Counter(item.status() for item in items.values())
        total.update(counts)
        print(f"{name:<20}{len(items):>7}" + "".join(f"{counts[column]:>14}" for column in COLUMNS))
        if list_open:
            for status in ("code only", "test only", "open"):
                named = [key for key, item in items.items() if item.status() == status]
                if named:
                    print(f"    {status}: {', '.join(named)}")
    print(f"{'all':<20}{sum(total.values()):>7}" + "".join(f"{total[column]:>14}" for column in COLUMNS))


def as_json(documents: dict, errors: list) -> str:
    items = {name: {key: {"status": item.status(), "code": item.code, "test": item.test,
                          "reason": item.exception["reason"] if item.exception else None}
                    for key, item in entries.items()} for name, entries in documents.items()}
    return json.dumps({"documents": items, "errors": errors}, indent=1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="everything as one object")
    parser.add_argument("--open", action="store_true", help="name the items that are not fully covered")
    parser.add_argument("documents", nargs="*", metavar="DOCUMENT", help="for example quic.md")
    arguments = parser.parse_args()
    documents, errors = load_documents(), []
    join_citations(documents, errors)
    join_exceptions(documents, tomllib.loads((SPEC / "exceptions.toml").read_text()).get("exception", []), errors)
    if arguments.json:
        print(as_json(documents, errors))
    else:
        print_report(documents, arguments.documents, arguments.open)
    for error in errors:
        print(error, file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
