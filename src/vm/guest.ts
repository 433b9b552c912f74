// SPDX-License-Identifier: Apache-2.0
/** What runs inside a guest: two shell scripts for busybox. Pure. */

/** Tag of the virtiofs device that carries the host's root. */
export const ROOT_TAG = 'hostroot';
/** Tag of the nth writable share. */
export const shareTag = (index: number): string => `share${index}`;

/** Ports of the virtio-serial device, in the order of their numbers from 1. */
export const PORTS = ['control', 'stdout', 'stderr'] as const;
export type Port = (typeof PORTS)[number];

/** Where the guest keeps its own files: a tmpfs, so that nothing of the host is in the way. */
const HOME = '/run/snatkit-vm';

/**
 * First stage, from the initramfs: modules, the host's root under an overlay, then the second stage in that root.
 * Panics (and so ends the machine) when a step fails: there is nobody to ask.
 */
export const INIT = `#!/bin/busybox sh
set -e
B=/bin/busybox
$B mkdir -p /proc /sys /dev /host /rw /new
$B mount -t devtmpfs dev /dev
exec >/dev/console 2>&1
$B mount -t proc proc /proc
$B mount -t sysfs sys /sys
# Tunnel modules would put a device of their own into every namespace.
echo 2 >/proc/sys/net/core/fb_tunnels_only_for_init_net
for m in $($B cat /modules/order); do
  $B insmod /modules/$m.ko || echo "snatkit: $m does not load"
done
$B mount -t virtiofs -o ro ${ROOT_TAG} /host
$B mount -t tmpfs -o size=75% tmpfs /rw
$B mkdir /rw/upper /rw/work
$B mount -t overlay -o lowerdir=/host,upperdir=/rw/upper,workdir=/rw/work root /new
$B mount -t tmpfs -o mode=755 tmpfs /new/run
$B mkdir -p /new${HOME}
$B cp $B /job/* /new${HOME}/
for d in proc sys dev; do $B mount --move /$d /new/$d; done
exec $B switch_root /new ${HOME}/busybox sh ${HOME}/main
`;

export interface GuestJob {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Folders of the host that are writable, at the same path. */
  readonly shares: readonly string[];
  /** Folders of the host that look empty: state that belongs to the host's own kernel. */
  readonly masked: readonly string[];
}

/** Second stage, as process 1: the kernel's file systems, then the command; its exit status goes over the control port. */
export function mainScript(job: Omit<GuestJob, 'command' | 'env' | 'cwd'>): string {
  const shares = job.shares.map(
    (path, i) => `$B mkdir -p ${quote(path)}\n$B mount -t virtiofs ${shareTag(i)} ${quote(path)}`,
  );
  const masks = job.masked.map((path) => `[ ! -d ${quote(path)} ] || $B mount -t tmpfs tmpfs ${quote(path)}`);
  return `B=${HOME}/busybox
port() { echo /dev/vport*p$1; }
exec 3>$(port 1)
$B mkdir -p /dev/pts /dev/shm
$B mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts
$B mount -t tmpfs -o mode=1777 tmpfs /dev/shm
$B mount -t bpf bpf /sys/fs/bpf
$B mount -t cgroup2 cgroup2 /sys/fs/cgroup
$B mount -t tracefs tracefs /sys/kernel/tracing
$B mkdir -p /run/netns /run/lock
${[...masks, ...shares].join('\n')}
$B ln -sfn /proc/self/fd /dev/fd
$B ln -sfn /proc/self/fd/0 /dev/stdin
$B ln -sfn /proc/self/fd/1 /dev/stdout
$B ln -sfn /proc/self/fd/2 /dev/stderr
$B ip link set lo up
$B hostname snatkit-vm
# A port can be opened once only, and programs open /dev/stderr again: they get a pipe.
$B mkfifo ${HOME}/out ${HOME}/err
$B cat ${HOME}/out >$(port 2) 3>&- &
out=$!
$B cat ${HOME}/err >$(port 3) 3>&- &
err=$!
echo "booted $($B uname -r)" >&3
$B setsid $B sh ${HOME}/command </dev/null >${HOME}/out 2>${HOME}/err 3>&-
status=$?
# What the command left in the background may hold its output open.
i=0
while [ $i -lt 20 ] && { $B kill -0 $out 2>/dev/null || $B kill -0 $err 2>/dev/null; }; do
  $B sleep 0.1
  i=$((i + 1))
done
${job.shares.map((path) => `$B umount -l ${quote(path)}\n`).join('')}$B sync
echo "exit $status" >&3
exec $B poweroff -f
`;
}

/** The command in its folder and environment, as a shell script that becomes it. */
export function commandScript({ command, cwd, env }: Pick<GuestJob, 'command' | 'cwd' | 'env'>): string {
  // Bash exports functions under names that no shell can assign.
  const names = Object.keys(env).filter((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && name !== '_');
  const lines = names.map((name) => `export ${name}=${quote(env[name] as string)}`);
  return `${[...lines, `cd ${quote(cwd)} || exit 126`, `exec ${command.map(quote).join(' ')}`].join('\n')}\n`;
}

/** A word as a POSIX shell reads it back. */
export const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
