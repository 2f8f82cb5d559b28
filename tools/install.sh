#!/usr/bin/env bash
# install.sh build|test - installs from Debian what is missing for building, or for the tests as
# well. Says nothing and does nothing where all is there; only installing needs root.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)

build_packages=(cmake ninja-build g++ ccache pkg-config libuv1-dev node-llhttp libssl-dev
  libyaml-cpp-dev rapidjson-dev libsimdjson-dev libvalijson-dev libcli11-dev liburiparser-dev libwslay-dev
  libspdlog-dev prometheus-cpp-dev zlib1g-dev doctest-dev python3 openssl curl)
test_packages=(faketime)

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

install_missing() {
  local missing=() package
  for package in "$@"; do
    dpkg -s "$package" 2>/dev/null | grep -q '^Status: install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "installing: ${missing[*]}" >&2
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    echo "Root is needed for that once: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  local log
  log=$(mktemp)
  if ! { as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    exit 1
  fi
  rm -f "$log"
}

# The pinned Node and the SDKs, exactly as the lock file says; again when the lock file changes.
install_node_modules() {
  local dir=$top/tests/e2e
  local stamp=$dir/node_modules/.installed-from
  cmp -s "$dir/package-lock.json" "$stamp" && return 0
  command -v npm >/dev/null || install_missing npm
  if grep -q '"resolved": *"http' "$dir/package-lock.json"; then
    echo "tests/e2e/package-lock.json names a download host; omit-lockfile-registry-resolved leaves it out" >&2
    exit 1
  fi
  echo "installing the SDKs and the pinned Node for the tests" >&2
  (cd "$dir" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null)
  cp "$dir/package-lock.json" "$stamp"
}

case "${1:-}" in
  build)
    install_missing "${build_packages[@]}"
    ;;
  test)
    install_missing "${build_packages[@]}" "${test_packages[@]}"
    install_node_modules
    ;;
  *)
    echo "usage: tools/install.sh build|test" >&2
    exit 2
    ;;
esac
