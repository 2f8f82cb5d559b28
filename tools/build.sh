#!/usr/bin/env bash
# build.sh PRESET [TARGET...] - configures and builds, quietly: one line when there is something to
# do, and on failure the compiler's own words. Everything else stands in build/<preset>/build.log.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
preset=$1
shift
case $preset in
  ci) dir=$top/build/release ;;
  *) dir=$top/build/$preset ;;
esac
log=$dir/build.log
mkdir -p "$dir"
cd "$top"

if ! cmake --preset "$preset" >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
if [ $# -gt 0 ]; then targets=(--target "$@"); else targets=(); fi
# Who waits is told what for; a build with nothing to do is silent.
(sleep 3 && exec echo "building $preset; the log is ${dir#"$top"/}/build.log" >&2) &
notice=$!
trap 'kill $notice 2>/dev/null || true' EXIT
if ! cmake --build "$dir" "${targets[@]}" >>"$log" 2>&1; then
  grep -E -A12 'error|FAILED|undefined reference' "$log" | head -n 60 >&2 || tail -n 40 "$log" >&2
  echo "the build failed; all of it: $log" >&2
  exit 1
fi
