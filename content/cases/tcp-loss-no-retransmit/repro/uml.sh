#!/usr/bin/env bash
# Runs run.sh inside user-mode Linux 6.1 whose tcp_fragment() follows one of three rules:
#   0  as shipped (b617158dc096)   1  June 2019 (f070ef2ac667)   2  b6653b3629e5
# ./uml.sh WORKDIR RULE [auto|small|shrink]   The first call builds the kernel: about 10 minutes, 2 GB.
set -eu
repro=$(cd "$(dirname "$0")" && pwd) work=$(mkdir -p "$1" && cd "$1" && pwd) rule=$2 how=${3:-small}
[ "$(id -u)" = 0 ] || { echo "run as root (user-mode Linux mounts the host's files)"; exit 1; }
for t in flex bison bc gcc make iptables-legacy ethtool; do
  command -v $t >/dev/null || PATH=$PATH:/usr/sbin command -v $t >/dev/null || { echo "missing $t: apt install $t"; exit 1; }
done
src=$work/linux-source-6.1
if [ ! -x "$src/linux" ]; then
  tarball=/usr/src/linux-source-6.1.tar.xz
  [ -e $tarball ] || { echo "missing $tarball: apt install linux-source-6.1"; exit 1; }
  tar -xf $tarball -C "$work"
  cd "$src"
  patch -p1 <"$repro/old-rule.patch"
  make -s ARCH=um tinyconfig
  for c in 64BIT PRINTK BINFMT_ELF BINFMT_SCRIPT MULTIUSER FUTEX EPOLL SIGNALFD TIMERFD EVENTFD SHMEM TMPFS \
    PROC_FS PROC_SYSCTL SYSFS HOSTFS POSIX_TIMERS HIGH_RES_TIMERS FILE_LOCKING ADVISE_SYSCALLS TTY \
    STDERR_CONSOLE SSL NULL_CHAN STDIO_CONSOLE FD_CHAN NAMESPACES NET_NS NET PACKET UNIX INET \
    IP_ADVANCED_ROUTER INET_DIAG INET_TCP_DIAG TCP_CONG_CUBIC NETFILTER NETFILTER_ADVANCED \
    NETFILTER_XTABLES NETFILTER_XT_MATCH_STATISTIC IP_NF_IPTABLES IP_NF_FILTER NETDEVICES NET_CORE VETH \
    NET_SCHED NET_SCH_TBF ETHTOOL_NETLINK MEMBARRIER BUG BLOCK; do scripts/config -e $c; done
  make -s ARCH=um olddefconfig
  nice make -s ARCH=um -j"$(nproc)"
fi
mkdir -p "$work/tmp" "$work/out"
cat >"$work/init" <<E2
#!/bin/bash
export PATH=/tmp:/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs tmp /run; mount -t tmpfs tmp /tmp
mount -t hostfs none /mnt -o $work/out
ln -s /usr/sbin/iptables-legacy /tmp/iptables
ip link set lo up
bash $repro/run.sh $how >/mnt/output 2>&1
exec python3 -c 'import ctypes; ctypes.CDLL(None).reboot(0x4321fedc)' # power off
E2
chmod +x "$work/init"
TMPDIR=$work/tmp timeout 300 "$src/linux" mem=512M rootfstype=hostfs rootflags=/ ro init="$work/init" \
  con=null con0=null,fd:1 ssl=null tcp_output.frag_rule="$rule" >"$work/boot.log" 2>&1 || true
echo "== rule $rule"
cat "$work/out/output"
