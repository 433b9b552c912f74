#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs what `make demo`, `make test` and `make test-vm` need and is missing; silent when nothing is.
#   scripts/setup.sh demo|test|vm [--check]
# Presence is judged by the command or header itself, so hand-built tools count too.
# None of the packages starts a service.
set -eu

mode=${1:-demo}
check=${2:-}
case $mode in
  demo | test | vm) ;;
  *) echo "usage: scripts/setup.sh demo|test|vm [--check]" >&2; exit 2 ;;
esac

cd "$(dirname "$0")/.."
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH

fail() { # status, message…
  status=$1
  shift
  printf 'setup: %s\n' "$@" >&2
  exit "$status"
}

[ "$(uname -s)" = Linux ] || fail 3 "snatkit runs on Linux, this is $(uname -s)"

missing=''  # package names
reasons=''  # one line a package group

need() { # present? (exit status), packages, reason
  if [ "$1" -ne 0 ]; then
    missing="$missing $2"
    reasons="$reasons
apt: $2 — $3"
  fi
}
has() { command -v "$1" >/dev/null 2>&1; }
probe() { "$@" && found=0 || found=1; }

any_clang() {
  for c in clang clang-22 clang-21 clang-20 clang-19 clang-18 clang-17 clang-16 clang-15 clang-14; do
    has "$c" && return 0
  done
  return 1
}
header() { [ -e "/usr/include/$1" ] || [ -e "/usr/local/include/$1" ]; }
# Ubuntu's /usr/sbin/bpftool is a script that looks for the running kernel's own; any copy of it will do.
any_bpftool() {
  bpftool version >/dev/null 2>&1 && return 0
  for f in /usr/lib/linux-tools/*/bpftool /usr/lib/linux-tools-*/bpftool; do
    [ -x "$f" ] && return 0
  done
  return 1
}
bpftool_packages() {
  if apt-cache policy bpftool 2>/dev/null | grep -q 'Candidate: [0-9]'; then
    echo bpftool
  else
    echo linux-tools-common linux-tools-generic
  fi
}

any_virtiofsd() {
  for f in /usr/libexec/virtiofsd /usr/lib/qemu/virtiofsd /usr/lib/virtiofsd; do
    [ -x "$f" ] && return 0
  done
  has virtiofsd
}
# Debian 12 has it with qemu.
virtiofsd_package() {
  if apt-cache policy virtiofsd 2>/dev/null | grep -q 'Candidate: [0-9]'; then echo virtiofsd; else echo qemu-system-common; fi
}
# The package busybox needs libraries, which are not there before the guest has the files.
static_busybox() { has busybox && ! ldd "$(command -v busybox)" >/dev/null 2>&1; }

if has apt-get; then
  probe any_clang;               need $found clang 'compiles the emitted C to BPF'
  probe header bpf/libbpf.h;     need $found libbpf-dev 'the addon loads programs with it'
  probe has g++;                 need $found g++ 'builds the addon'
  probe has make;                need $found make 'runs node-gyp, which builds the addon'
  probe has pkg-config;          need $found pkg-config 'finds libbpf for the addon'
  probe has python3;             need $found python3 'node-gyp is written in it'
  probe has mariadbd;            need $found mariadb-server-core 'the database server of the replayed incident (no service is set up)'
  probe has tcpdump;             need $found tcpdump 'shows a packet before and after translation'
  { has ip && has tc; } && found=0 || found=1
                                 need $found iproute2 'makes the network namespaces'
  probe has nsenter;             need $found util-linux 'enters the network namespaces'
  if [ "$mode" != demo ]; then
    probe any_bpftool
    [ $found -eq 0 ] ||          need 1 "$(bpftool_packages)" 'the tests compare what snatkit reports with it'
    probe has iperf3;            need $found iperf3 'the tests send segmented TCP streams'
    probe has conntrack;         need $found conntrack 'the tests read connection tracking'
    probe has nft;               need $found nftables 'the tests compare with the kernel’s own masquerade'
    probe has ping;              need $found iputils-ping 'the tests send ICMP echo'
    probe has traceroute;        need $found traceroute 'the tests ask for every hop of a path'
    probe has tracepath;         need $found iputils-tracepath 'the tests ask for the MTU of a path'
    probe has ethtool;           need $found ethtool 'the tests have devices finish checksums'
    probe has tcpreplay;         need $found tcpreplay 'the tests send crafted packets'
    probe has clang-format;      need $found clang-format 'make lint checks the C sources'
  fi
  if [ "$mode" = vm ]; then
    probe has qemu-system-x86_64; need $found qemu-system-x86 'boots other kernels'
    probe any_virtiofsd
    [ $found -eq 0 ] ||          need 1 "$(virtiofsd_package)" 'shows this machine’s files to them'
    probe static_busybox;        need $found busybox-static 'is all they have until then'
    probe has xz;                need $found xz-utils 'unpacks their modules'
  fi
elif ! any_clang || ! header bpf/libbpf.h || ! has g++ || ! has mariadbd || ! has tcpdump || ! has ip; then
  fail 3 'no apt-get here; install by hand: clang ≥ 14, libbpf ≥ 1.1 with headers, g++, make, pkg-config, python3,' \
    '       MariaDB’s server, tcpdump, iproute2, util-linux (tests: bpftool, iperf3, conntrack, nftables, ping,' \
    '       traceroute, tracepath, ethtool, tcpreplay, clang-format)'
fi

node_major=0
if has node; then node_major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0); fi
if [ "$node_major" -lt 20 ]; then
  found_node=none
  if has node; then found_node=$(node --version 2>/dev/null || echo unusable); fi
  fail 3 "Node.js 20 or newer is needed, found: $found_node" \
    'Debian 13 has it (apt-get install nodejs npm); for others see https://nodejs.org/en/download'
fi

# npm writes this file last, so it also tells a finished installation from an interrupted one.
npm_needed=0
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then npm_needed=1; fi

if [ -z "$missing" ] && [ $npm_needed -eq 0 ]; then exit 0; fi
[ -z "$reasons" ] || printf '%s\n' "${reasons#?}"
[ $npm_needed -eq 0 ] || echo 'npm: the packages of package-lock.json — the command line, the schema, the database client, the compiler and the tests'
if [ "$check" = --check ]; then exit 1; fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT

if [ -n "$missing" ]; then
  [ "$(id -u)" -eq 0 ] || fail 3 "installing packages needs root; as root: apt-get install$missing"
  export DEBIAN_FRONTEND=noninteractive
  # apt-get update succeeds even when it reached nobody; the installation then tells.
  apt-get update -q >"$log" 2>&1 || true
  # shellcheck disable=SC2086 # a list of package names
  apt-get install -q -y --no-install-recommends $missing >>"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    hint='is there a network, and does another apt-get run?'
    if grep -qs '^ID=ubuntu' /etc/os-release; then hint="$hint Some are in Ubuntu's universe: add-apt-repository universe"; fi
    fail 1 "apt-get could not install:$missing" "$hint"
  }
fi
if [ $npm_needed -eq 1 ]; then
  has npm || fail 3 'npm is missing; it comes with Node.js, or as the package npm'
  npm ci --no-audit --no-fund --loglevel=error >"$log" 2>&1 ||
    { tail -n 20 "$log" >&2; fail 1 'npm ci failed (is the registry reachable?)'; }
  touch node_modules/.package-lock.json
fi
