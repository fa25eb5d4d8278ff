#!/bin/bash
# localhost is in the company's DNS, and a program that asks DNS first goes there.
# usage: run.sh [GO...]     each GO is a go command; the incident needs one of 1.15 or older
set -eu
cd "$(dirname "$0")"
[ $# -gt 0 ] || set -- go
. ./lab.sh # namespaces lre-app and lre-corp, and a root directory in $dir/image

printf '\n# Go, statically linked\n'
for go in "$@"; do
    version=$("$go" env GOVERSION)
    [ -n "$version" ] || version=$("$go" version | cut -d' ' -f3) # before 1.16
    GOTOOLCHAIN=local GO111MODULE=auto GOCACHE="$dir/cache" CGO_ENABLED=0 "$go" build -o "$dir/image/app" main.go
    for content in - "hosts: files dns" "hosts: dns files"; do
        nsswitch "$content"
        output=$(GODEBUG=netdns=go+2 ip netns exec lre-app chroot "$dir/image" /app 2>&1)
        order=$(grep -o 'hostLookupOrder.*' <<<"$output" | sed 's/.*= //')
        [ "$content" = - ] && content="no nsswitch.conf"
        printf '%-9s  %-16s  %-9s  %s\n' "$version" "$content" "$order" "$(grep 'connected to' <<<"$output")"
    done
done

# The tools of this machine, in a mount namespace of their own.
with_nsswitch() { # CONTENT COMMAND...
    echo "$1" >"$dir/nsswitch.conf"
    shift
    DIR=$dir ip netns exec lre-app unshare --mount bash -c '
        mount --bind "$DIR/nsswitch.conf" /etc/nsswitch.conf
        mount --bind "$DIR/image/etc/hosts" /etc/hosts
        mount --bind "$DIR/image/etc/resolv.conf" "$(readlink -f /etc/resolv.conf)"
        exec "$@"' _ "$@"
}
fetch='import urllib.request; print(urllib.request.urlopen("http://localhost:8080/").read().decode(), end="")'
for content in "hosts: files dns" "hosts: dns files"; do
    printf '\n# nsswitch.conf: %s\n' "$content"
    printf 'dig +short localhost   %s\n' "$(with_nsswitch "$content" dig +short localhost | xargs)"
    printf 'getent ahosts          %s\n' "$(with_nsswitch "$content" getent ahosts localhost | awk '{ print $1 }' | sort -u | xargs)"
    printf 'python3 urllib         %s\n' "$(with_nsswitch "$content" python3 -c "$fetch")"
    printf 'curl                   %s\n' "$(with_nsswitch "$content" curl -s http://localhost:8080/)"
done
