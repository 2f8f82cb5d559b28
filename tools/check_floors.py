#!/usr/bin/env python3
"""Includes point down: prints each #include that the table below does not allow, and each test that
a header names and that is not there.

FLOORS says which folders of core/ a folder may include, besides itself. HOMES says which files may
include a foreign library. A new arrow is a change of this table, with its reason in the commit.

    tools/check_floors.py [ROOT]      exit 1 if anything was printed
"""
import pathlib
import re
import sys

# Folder of core/ -> folders of core/ that it may include; "sdk" is the plugin interface.
FLOORS = {
    "base": ["sdk"],                      # the JSON walker is the SDK's
    "observe": ["base"],
    "config": ["base"],
    "http": ["base"],
    "net": ["base"],
    "tls": ["base", "net", "observe"],
    "store": ["base", "net", "observe"],
    "dialect": ["base", "http", "sdk"],   # its events are the interface's
    "plugin": ["base", "observe", "config", "http", "net", "sdk"],
    "route": ["base", "config", "http"],
    "admit": ["base", "config", "http", "route", "store", "observe"],  # route: shown credentials
    "upstream": ["base", "observe", "config", "http", "net", "tls"],
    "server": ["base", "observe", "config", "http", "net", "tls"],
    "gateway": ["base", "observe", "config", "http", "net", "tls", "dialect", "store", "plugin",
                "route", "admit", "upstream", "server", "sdk"],
}
FLOORS["admin"] = FLOORS["gateway"] + ["gateway"]
FLOORS["main"] = FLOORS["admin"] + ["admin"]

# First part of an include in <> -> files or folders that may hold it.
HOMES = {
    "uv.h": ["core/net"],
    "openssl": ["core/tls", "core/base/sha1.cpp", "core/base/sha256.cpp"],
    "llhttp.h": ["core/http"],
    "uriparser": ["core/http"],
    "nghttp2": ["core/http"],
    "wslay": ["core/http/websocket.cpp"],
    "zlib.h": ["core/http"],
    "yaml-cpp": ["core/config"],
    "valijson": ["core/config/judge.cpp"],
    "rapidjson": ["sdk/cpp/aiproxy/json.hpp", "core/base/json.cpp", "core/config/judge.cpp"],
    "simdjson.h": ["core/base/json.cpp"],
    "spdlog": ["core/observe"],
    "prometheus": ["core/observe"],
    "sqlite3.h": ["core/store"],
    "hiredis": ["core/store"],
    "CLI": ["core/main/command_line.cpp"],
    "dlfcn.h": ["core/plugin"],
    "doctest": ["tests"],
}

TESTS = re.compile(r"tests/[\w/.*-]*(?:\{[\w,]+\})?[\w/.*-]*[\w*]")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SOURCES = {".h", ".hpp", ".c", ".cpp"}


def fault_of_own(place, target):
    """An include in quotes or of the SDK: place and target are paths below the root."""
    parts = place.parts
    if parts[0] == "plugins" and target.startswith(("core/", "plugins/")):
        return "" if target.startswith(f"plugins/{parts[1]}/") else "a plugin may include sdk only"
    if parts[0] == "sdk" and target.startswith(("core/", "plugins/")):
        return "sdk stands beside the tower"
    if parts[0] != "core":
        return ""
    floor = parts[1]
    if floor not in FLOORS:
        return f"core/{floor} is not in the table"
    if target.startswith("aiproxy/"):
        return "" if "sdk" in FLOORS[floor] else f"core/{floor} may not include the sdk"
    if target.startswith("core/"):
        wanted = target.split("/")[1]
        if wanted != floor and wanted not in FLOORS[floor]:
            return f"core/{floor} may not include core/{wanted}"
    if target.startswith(("plugins/", "tests/")):
        return f"core/{floor} may not include this"
    return ""


def fault_of_library(place, target):
    homes = HOMES.get(target.split("/")[0])
    if homes is None:
        return ""
    here = place.as_posix()
    if any(here == home or here.startswith(home + "/") for home in homes):
        return ""
    return "this library's home is " + ", ".join(homes)


def missing_tests(root, text):
    for named in set(TESTS.findall(text)):
        before, brace, rest = named.partition("{")
        names, _, behind = rest.partition("}")
        for name in names.split(",") if brace else [""]:
            if not any(root.glob(before + name + behind)):
                yield before + name + behind


def faults_of(root, place):
    text = (root / place).read_text(encoding="utf-8", errors="replace")
    if place.suffix in {".h", ".hpp"}:
        for named in missing_tests(root, text):
            yield f"{place.as_posix()}: {named} is not there"
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        quote, target = found.groups()
        own = quote == '"' or target.startswith("aiproxy/")
        fault = fault_of_own(place, target) if own else fault_of_library(place, target)
        if fault:
            yield f"{place.as_posix()}:{number}: {line.strip()}: {fault}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[1])
    files = [path.relative_to(root) for folder in ("core", "plugins", "sdk")
             for path in sorted((root / folder).rglob("*")) if path.suffix in SOURCES]
    faults = [fault for place in files for fault in faults_of(root, place)]
    print("\n".join(faults) if faults else f"{len(files)} files: every include points down, every test is there")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
