#!/usr/bin/env bash
# Transactions that are never finished, behind a load balancer that closes idle connections.
# Needs root. About 30 seconds. Makes two network namespaces and removes them at the end.
set -eu
cd "$(dirname "$0")"

for tool in ip ss netstat curl mariadbd mariadb mariadb-install-db haproxy go; do
  command -v $tool >/dev/null || {
    echo "missing: $tool (Debian: iproute2 net-tools curl mariadb-server haproxy golang)"; exit 1; }
done
[ "$(id -u)" = 0 ] || { echo "run as root: network namespaces need it"; exit 1; }

tmp=$(mktemp -d); chmod 755 "$tmp"; lb="ip netns exec pcmt-lb"; app="ip netns exec pcmt-app"; pids=
clean() {
  kill $pids 2>/dev/null || true; wait 2>/dev/null || true
  ip netns del pcmt-lb 2>/dev/null || true; ip netns del pcmt-app 2>/dev/null || true; rm -rf "$tmp"
}
trap clean EXIT

# the driver: Debian's golang-github-go-sql-driver-mysql-dev if it is there, else a download
if [ -d /usr/share/gocode/src/github.com/go-sql-driver/mysql ]; then
  GO111MODULE=off GOPATH=/usr/share/gocode go build -o "$tmp/server" server.go
else
  cp server.go "$tmp"; (cd "$tmp"; go mod init lab; go mod tidy; go build -o server .) 2>/dev/null
fi

# the service on one side; load balancer (10.0.5.10) and database (10.0.5.20) on the other
ip netns add pcmt-lb; ip netns add pcmt-app
ip link add l0 netns pcmt-lb type veth peer name a0 netns pcmt-app
for a in 10.0.9.4 10.0.5.10 10.0.5.20; do ip -n pcmt-lb addr add $a/16 dev l0; done
ip -n pcmt-app addr add 10.0.3.17/16 dev a0
ip -n pcmt-lb link set lo up; ip -n pcmt-app link set lo up
ip -n pcmt-lb link set l0 up; ip -n pcmt-app link set a0 up

mkdir "$tmp/data"; chown mysql "$tmp/data"
mariadb-install-db --no-defaults --user=mysql --datadir="$tmp/data" --skip-test-db >/dev/null 2>&1
$lb mariadbd --no-defaults --user=mysql --datadir="$tmp/data" --socket="$tmp/data/s" --port=3306 \
  --bind-address=10.0.5.20 --innodb-buffer-pool-size=16M --innodb-lock-wait-timeout=2 \
  --skip-name-resolve >/dev/null 2>&1 & pids="$pids $!"
sql() { mariadb --no-defaults -S "$tmp/data/s" "$@"; }
for _ in $(seq 60); do sql -e 'select 1' >/dev/null 2>&1 && break; sleep 0.25; done
sql -e "create database shop; create table shop.stock (id int primary key, n int) engine=innodb;
  insert into shop.stock select seq, 100 from shop.seq_1_to_20;
  create user shop@'10.0.%' identified by 'shop'; grant all on shop.* to shop@'10.0.%'"
$lb haproxy -f haproxy.cfg -db >/dev/null 2>&1 & pids="$pids $!"
sleep 0.5

serve() { $app "$tmp/server" "$@" 2>"$tmp/log" & server=$!; pids="$pids $server"; sleep 0.5; }
buy() { $lb curl -s -m 2 -o /dev/null -w '%{http_code} ' "http://10.0.3.17:9005/buy?id=$1&coupon=${2:-}" || true; }
look() {
  $app curl -s http://127.0.0.1:6060/stats
  echo "to :3306: $($app ss -tanH 'dport = :3306' | awk '{print $1}' | sort | uniq -c | tr -s ' ' | tr '\n' ' ')"
  echo "open transactions: $(sql -N -e 'select count(*) from information_schema.innodb_trx')"
}

for mode in leak rollback; do
  echo "== $mode: ten requests with an expired coupon (400), then a good one"
  serve -mode $mode
  for i in 1 2 3 4 5 6 7 8 9 10; do buy $i old; done; buy 11; echo
  look
  echo "somebody else updates row 3: $(sql shop -e 'UPDATE stock SET n = n - 1 WHERE id = 3' 2>&1 | grep ERROR || echo ok)"
  sleep 6
  echo "-- the load balancer has closed what was idle for 5 s; the good request again: $(buy 11)"
  $app netstat -na | awk '/^tcp/ {++S[$NF]} END {for(a in S) print a, S[a]}'
  look
  kill $server; wait $server 2>/dev/null || true
done
