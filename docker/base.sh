#!/usr/bin/env bash
# Make a Debian 12 base image with Python 3.11 without any image registry: docker/base.sh NAME
# Uses the mirror that this machine's own apt uses. Needs root and debootstrap.
set -euo pipefail
name=${1:?usage: docker/base.sh NAME}
as_root=""; [ "$(id -u)" = 0 ] || as_root=sudo
command -v debootstrap >/dev/null || {
  $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends debootstrap; }
mirror=$(awk '/^URIs:/ {print $2; exit}' /etc/apt/sources.list.d/*.sources 2>/dev/null || true)
[ -n "$mirror" ] || mirror=$(awk '/^deb / {for (i = 2; i <= NF; i++) if ($i ~ /:\/\//) {print $i; exit}}' \
  /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null || true)
[ -n "$mirror" ] || { echo "No Debian mirror found in this machine's apt sources. Set BASE to an image you have." >&2; exit 1; }
root=$(mktemp -d)
trap '$as_root rm -rf "$root"' EXIT
$as_root debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$root" "$mirror" >"$root.log" 2>&1 || {
  tail -20 "$root.log" >&2; exit 1; }
$as_root rm -rf "$root/var/cache/apt/archives" "$root/var/lib/apt/lists"; $as_root mkdir -p "$root/var/cache/apt/archives/partial" "$root/var/lib/apt/lists"
$as_root tar -C "$root" -c . | docker import - "$name" >/dev/null
rm -f "$root.log"
