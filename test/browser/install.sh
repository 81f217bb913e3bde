#!/usr/bin/env bash
# Installs from Debian what the browser tests drive, if it is missing: Chromium.
set -euo pipefail
if [ -x /usr/bin/chromium ]; then
  exit 0
fi
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
$as_root apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
