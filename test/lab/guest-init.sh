#!/bin/sh
# The first process of the guest: mounts what a Linux needs, loads the file systems, runs the tests, switches off.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin HOME=/root LC_ALL=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sysfs /sys
# Its root is the host's own: what the tests write lies in memory.
mount -t tmpfs tmpfs /run
mkdir -p /run/tmp
export TMPDIR=/run/tmp NODE_COMPILE_CACHE=/run/compiled
echo "$LAB/modprobe" >/proc/sys/kernel/modprobe
ip link set lo up
ip addr add 10.96.0.2/24 dev vec0
ip link set vec0 up
case "$SUITE" in
stills)
  # Disks in memory, and LVM with settings of its own: those of the host are the host's.
  mount -t devtmpfs dev /dev
  modprobe -d "$LAB/mod" brd rd_nr=1 rd_size=524288
  modprobe -d "$LAB/mod" -a dm-mod dm-snapshot dm-thin-pool ext4 xfs
  mount -t tmpfs lvm /etc/lvm
  echo 'activation { udev_sync = 0 udev_rules = 0 verify_udev_operations = 0 }' >/etc/lvm/lvm.conf
  ;;
*) modprobe -d "$LAB/mod" -a cifs nls_utf8 ccm gcm ctr ghash_generic cmac sha512_generic hmac md5 ecb nfsv4 ;;
esac
cd "$REPO" || exit 1
node_modules/.bin/node --test --test-concurrency=1 --test-reporter=spec "test/lab/$SUITE.ts" >"$LAB/report" 2>&1
echo $? >"$LAB/result"
sync
echo o >/proc/sysrq-trigger
sleep 5
