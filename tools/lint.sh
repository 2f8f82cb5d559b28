#!/usr/bin/env bash
# lint.sh [FILE...] - clang-format and clang-tidy over core, plugins and sdk (or the files named);
# silent where all is well. Every finding is an error; what is checked stands in .clang-tidy.
set -uo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 1
bad=0

mapfile -t formatted < <(git ls-files 'core/*.cpp' 'core/*.h' 'plugins/*.cpp' 'plugins/*.h' \
  'sdk/cpp/*.hpp' 'sdk/cpp/*.cpp' 'sdk/examples/*.cpp' 'tests/*.cpp' 'tests/*.h')
clang-format-14 --dry-run -Werror "${formatted[@]}" || bad=1

if [ $# -gt 0 ]; then sources=("$@"); else mapfile -t sources < <(git ls-files 'core/*.cpp' 'plugins/*.cpp' 'sdk/cpp/*.cpp'); fi
cmake --preset lint >build/lint.log 2>&1 || { cat build/lint.log; exit 1; }
printf '%s\n' "${sources[@]}" | xargs -P "$(nproc)" -n 4 clang-tidy-14 -p build/lint --quiet >build/lint.log 2>/dev/null || bad=1
grep -E -A4 '(warning|error): ' build/lint.log
exit $bad
