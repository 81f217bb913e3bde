#!/usr/bin/env bash
# Installs from Debian what the interop tests speak with, if it is missing: Postfix (with smtp-sink) and its logins, Knot, Unbound, a DKIM verifier, and
# the languages of the examples that are not there anyway.
set -euo pipefail
if [ -x /usr/sbin/postfix ] && [ -x /usr/sbin/smtp-sink ] && [ -x /usr/sbin/saslpasswd2 ] && [ -x /usr/sbin/knotd ] && [ -x /usr/sbin/unbound ] && [ -x /usr/bin/go ] && [ -x /usr/bin/php ] && /usr/bin/python3 -c 'import dkim, nacl' 2>/dev/null; then
  exit 0
fi
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
$as_root apt-get install -y -qq --no-install-recommends postfix libsasl2-modules sasl2-bin knot unbound python3 python3-dkim python3-nacl openssl golang-go php-cli >/dev/null
