# Sourced by the scripts that ask a peer: a Debian chroot with PyTorch, and what is to be said of the machine. Making or changing the chroot needs root.
# PEER_ROOT: where it is, or is made.
peers=${PEER_ROOT:-/var/lib/orchestrator-peers/trixie}

# need_peer PACKAGE …: the chroot with python3 and these packages of Debian trixie.
need_peer() {
  if [ ! -x "$peers/usr/bin/python3" ]; then
    debootstrap --variant=minbase --include="$(IFS=,; echo "python3,$*")" trixie "$peers"
  fi
  local package
  for package; do
    chroot "$peers" dpkg -s "$package" >/dev/null 2>&1 ||
      chroot "$peers" sh -ec "apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y $package" >/dev/null </dev/null
  done
}

# Without /proc in the chroot torch does not find the processor's vectors: it is told of them (ATEN_CPU_CAPABILITY).
vectors=default
if grep -qw avx2 /proc/cpuinfo; then vectors=avx2; fi
if grep -qw avx512vl /proc/cpuinfo; then vectors=avx512; fi

machine() {
  echo "machine: $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(awk '/MemTotal/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo); load $(cut -d' ' -f1-3 /proc/loadavg)"
}

# median_of KEY FILE: of the numbers that the key has in lines of JSON; of an even count the lower one in the middle.
median_of() { grep -oE "\"$1\": ?[0-9.]+" "$2" | grep -oE '[0-9.]+$' | sort -g | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }
