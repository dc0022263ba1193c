#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""House checks that need no compiler (and, with --headers, that each header compiles alone). Exit code 1 with one line per finding."""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
CODE_FOLDERS = ("src", "include", "tools", "tests", "fuzz", "bench", "examples", "scripts", "bindings")
CXX = {".hpp", ".cpp", ".h"}
SOURCE = CXX | {".py", ".mjs", ".sh", ".rs"}
SKIPPED = {"build", ".git", ".cache", "target", "node_modules", "__pycache__", "corpus", "vectors"}

# Folders whose code gets time, randomness and datagrams as arguments. Their tests and benchmarks may do what they like.
SANS_IO = ("src/base", "src/identity", "src/quic")
FORBIDDEN_IN_SANS_IO = {
    "a clock": r"\b(steady_clock|system_clock|high_resolution_clock|clock_gettime|gettimeofday)\b|\btime\((nullptr|NULL|0)\)",
    "a thread or lock": r"#include <(thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier)>",
    "a socket or event loop": r"#include <(sys/socket\.h|netinet/|arpa/|poll\.h|sys/epoll|unistd\.h|boost/asio)",
    "a file": r"#include <(fstream|filesystem|fcntl\.h)>",
    "global randomness": r"\b(random_device|mt19937|getrandom|arc4random|s?rand)\s*\(|\brandom_device\b",
}
# Two core files of base are the door to the outside by design: the log sink and the failed assertion print and lock.
SANS_IO_EXEMPT = {"src/base/log.cpp", "src/base/assert.cpp"}

REGISTRY_HOST = re.compile(r"https?://[\w.-]*(pypi|npm|crates|registry|mirror|artifact|nexus|proxy|maven)[\w.-]*", re.IGNORECASE)
MACHINE_PATH = re.compile(r"(?<![\w.-])/(work|root|home/\w+)/|/tmp/" + "(setup|brief|build-)")
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
CODE_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def files(*suffixes: str):
    """Every file of the repository with one of these suffixes (all without any), without build results."""
    for folder, names, entries in os.walk(ROOT):
        names[:] = sorted(name for name in names if name not in SKIPPED)
        for entry in sorted(entries):
            path = pathlib.Path(folder, entry)
            if not suffixes or path.suffix in suffixes:
                yield path


def relative(path: pathlib.Path) -> str:
    return path.relative_to(ROOT).as_posix()


def check_licence_lines() -> list:
    return [f"{relative(path)}: no SPDX line" for path in files(*SOURCE)
            if relative(path).split("/")[0] in CODE_FOLDERS
            and "SPDX-License-Identifier: MIT OR Apache-2.0" not in "".join(path.read_text(errors="replace").splitlines(True)[:2])]


def check_readmes() -> list:
    """Folders with C++ code, two levels deep, have half a page on themselves."""
    folders = {path.parent for path in files(*CXX)}
    return [f"{relative(folder)}: folder with code and no README.md" for folder in sorted(folders)
            if relative(folder).split("/")[0] in CODE_FOLDERS and relative(folder).split("/")[0] != "include"
            and len(relative(folder).split("/")) <= 2 and not (folder / "README.md").exists()]


def is_core(path: pathlib.Path) -> bool:
    name = relative(path)
    in_core = name.startswith(SANS_IO) or (name.startswith("src/tls/") and path.suffix == ".hpp")
    return in_core and name not in SANS_IO_EXEMPT and not path.stem.endswith(("_test", "_bench"))


def findings_in_core(name: str, text: str) -> list:
    return [f"{name}:{number}: {what} in a sans-I/O folder" for number, line in enumerate(text.splitlines(), 1)
            for what, pattern in FORBIDDEN_IN_SANS_IO.items() if re.search(pattern, line.split("//")[0])]


def check_sans_io() -> list:
    return [finding for path in files(*CXX) if is_core(path) for finding in findings_in_core(relative(path), path.read_text())]


def broken_links(text: str, exists) -> list:
    """Relative links of a page whose target does not exist; `exists` judges a target."""
    targets = (match.group(1).split("#")[0] for match in LINK.finditer(CODE_BLOCK.sub("", text)))
    return [target for target in targets if target and "://" not in target and not target.startswith("mailto:") and not exists(target)]


def check_links() -> list:
    return [f"{relative(path)}: broken link {target}" for path in files(".md")
            for target in broken_links(path.read_text(), lambda target, folder=path.parent: (folder / target).exists())]


def findings_of_origin(name: str, text: str) -> list:
    """Names of package registries' hosts and of folders of one machine do not belong into the repository."""
    return [f"{name}:{number}: {what} '{match.group(0)}'" for number, line in enumerate(text.splitlines(), 1)
            for what, pattern in (("registry host", REGISTRY_HOST), ("machine path", MACHINE_PATH))
            if (match := pattern.search(line))]


def check_origin() -> list:
    findings = []
    for path in files():
        if relative(path) in ("scripts/lint.py", "scripts/lint_test.py"):
            continue
        try:
            findings += findings_of_origin(relative(path), path.read_text())
        except UnicodeDecodeError:
            pass  # binary samples
    return findings


def check_readme_example() -> list:
    """The README's example is the file that the tests compile and run."""
    blocks = re.findall(r"^```cpp\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    example = (ROOT / "examples" / "echo.cpp").read_text()
    body = re.sub(r"\A(//[^\n]*\n)+\n*", "", example)  # without the licence line and the comment on how to run it
    return [] if body in blocks else ["README.md: no code block equals examples/echo.cpp (without its first comment)"]


def compile_alone(header: pathlib.Path) -> list:
    flags = ["-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Wno-pragma-once-outside-header", "-Iinclude", "-Isrc", "-I.",
             "-DBOOST_ASIO_NO_DEPRECATED", "-DBOOST_ASIO_SEPARATE_COMPILATION", "-x", "c++"]
    outcome = subprocess.run(["c++", *flags, relative(header)], cwd=ROOT, capture_output=True, text=True)
    if outcome.returncode == 0:
        return []
    first = next((line for line in outcome.stderr.splitlines() if "error" in line), "does not compile")
    return [f"{relative(header)}: not self-contained: {first}"]


def check_headers() -> list:
    headers = [path for path in files(".hpp") if relative(path).startswith(("src/", "include/"))]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return [finding for findings in pool.map(compile_alone, headers) for finding in findings]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--headers", action="store_true", help="also compile each header alone")
    arguments = parser.parse_args()
    checks = [check_licence_lines, check_readmes, check_sans_io, check_links, check_origin, check_readme_example]
    if arguments.headers:
        checks.append(check_headers)
    findings = [finding for check in checks for finding in check()]
    print("\n".join(findings) if findings else f"lint: {len(checks)} checks, no finding")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
