#!/usr/bin/env bash
# One gnet server, several handlers, several ways of sending the same 100 messages.
# ./run.sh [SERVER]   SERVER: an already built server; without it, run.sh builds one (Go 1.20 or newer)
set -eu
cd "$(dirname "$0")"
command -v python3 >/dev/null || { echo "missing python3: apt install python3"; exit 1; }
tmp=$(mktemp -d) server=${1:-} pid=
stop() { [ -z "$pid" ] || { kill "$pid" && wait "$pid"; } 2>/dev/null || true; pid=; }
trap 'stop; rm -rf "$tmp"' EXIT

if [ -z "$server" ]; then
  command -v go >/dev/null || { echo "missing go, 1.20 or newer (Debian 12: golang-1.23 in backports)"; exit 1; }
  cp ./*.go "$tmp"
  (cd "$tmp" && go mod init codec && go get github.com/panjf2000/gnet/v2@v2.9.8 && go build -o server .) \
    >"$tmp/build.log" 2>&1 || { cat "$tmp/build.log"; echo "go could not fetch or build gnet v2.9.8"; exit 1; }
  server=$tmp/server
fi
export GNET_LOGGING_LEVEL=2 # errors only

try() { # handler, options, then the ways to send, one after another
  local handler=$1 options=$2 how
  shift 2
  "$server" -handler "$handler" $options >"$tmp/out" 2>&1 & pid=$!
  sleep 0.3
  for how in "$@"; do python3 send.py "$how" 2>/dev/null || true; done
  sleep 0.1
  stop
}

echo "# the same 100 messages: one by one, in one write, in pieces of 1 to 11 bytes"
for how in single burst split; do
  for handler in naive once loop; do
    try $handler "" $how
    printf '%-6s  %-5s  %s\n' $how $handler "$(grep -m1 -E '^(OnTraffic|panic)' "$tmp/out")"
  done
done
echo "# three messages in one write, then one more after a second"
for handler in once loop; do echo "$handler:"; try $handler -v late; grep -v '^OnTraffic' "$tmp/out"; done
echo "# an empty message between others"
for handler in nolimit loop; do echo "$handler:"; try $handler -v beat; grep '  message' "$tmp/out"; done
echo "# 'GET / HTTP/1.1' from a stray client"
for handler in nolimit loop; do try $handler "" http; printf '%-7s  %s\n' $handler "$(head -1 "$tmp/out")"; done
echo "# a client that announces 65 bytes and sends 5, after another client's messages"
try naive -v single liar; grep -E 'm0099|, 9 bytes|m0000v' "$tmp/out"
echo "# slices given to a worker that reads them 3 ms later"
for how in single brisk; do try share "" $how; echo "$how:"; tail -3 "$tmp/out"; done
