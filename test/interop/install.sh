#!/usr/bin/env bash
# Gets from Debian 12 what the interop tests speak with, as far as it is missing: Postfix (with smtp-sink) and its logins, Exim,
# OpenSMTPD, Knot, Unbound, two DKIM verifiers, and the languages of the examples; and Haraka from npm. A machine that has it all needs no
# network.
set -euo pipefail
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"
export DEBIAN_FRONTEND=noninteractive

# Debian lets one mail server be installed at a time, and starts what it installs: the others are unpacked, and run from there.
unpacked=/opt/postern-interop
updated=""
update() {
  [ -n "$updated" ] || $as_root apt-get update -qq
  updated=yes
}
add() {
  update
  $as_root apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
unpack() {
  local folder
  folder=$(mktemp -d)
  update
  (cd "$folder" && apt-get download -qq "$@" 2>/dev/null)
  for package in "$folder"/*.deb; do $as_root dpkg-deb -x "$package" "$unpacked"; done
  rm -r "$folder"
}
user() {
  getent passwd "$1" >/dev/null || $as_root useradd --system --user-group --home-dir /nonexistent --shell /usr/sbin/nologin "$1"
}

if ! { [ -x /usr/sbin/postfix ] && [ -x /usr/sbin/smtp-sink ] &&
  [ -x /usr/bin/go ] && [ -x /usr/bin/php ] && /usr/bin/python3 -c 'import dkim, nacl' 2>/dev/null; }; then
  add postfix python3 python3-dkim python3-nacl openssl golang-go php-cli
fi
if ! { [ -x /usr/sbin/saslpasswd2 ] && dpkg -s libsasl2-modules >/dev/null 2>&1; }; then
  add sasl2-bin libsasl2-modules
fi
if ! { [ -x /usr/sbin/knotd ] && [ -x /usr/sbin/unbound ]; }; then
  add knot unbound
fi
if ! [ -x "$unpacked/usr/sbin/opendkim" ]; then
  add libopendkim11 libbsd0 libdb5.3 libldap-2.5-0 liblua5.3-0 libmemcached11 libmilter1.0.1 libopendbx1 librbl1 libunbound8 libvbr2
  unpack opendkim
fi
if ! [ -x "$unpacked/usr/sbin/exim4" ]; then
  add libgnutls-dane0 libidn12 libnsl2 libdb5.3
  unpack exim4-daemon-light
fi
if ! [ -x "$unpacked/usr/sbin/smtpd" ]; then
  add libevent-2.1-7 libpam0g libdb5.3
  unpack opensmtpd
fi
# Its paths are compiled in.
for folder in /var/lib/opensmtpd/empty /var/spool/smtpd; do
  [ -d "$folder" ] || $as_root install -d -m 711 "$folder"
done
for name in Debian-exim opensmtpd opensmtpq; do user "$name"; done
# Not among the packages of the project: it would be as many again as all of its own, for one test.
haraka="$unpacked/haraka"
if ! [ -e "$haraka/node_modules/Haraka/bin/haraka" ]; then
  $as_root install -d -o "$(id -un)" "$haraka"
  echo '{"private":true}' >"$haraka/package.json"
  npm install --prefix "$haraka" --ignore-scripts --omit=optional --no-audit --no-fund --loglevel=error Haraka@3.3.4 >/dev/null
fi
