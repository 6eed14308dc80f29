#!/bin/sh
# Installs what building and testing need, if it is missing: tests/setup.sh build|all|docs|interop|big-endian
# On Debian 12, as root or with sudo. Where everything is there, it takes no time and no network.
set -eu

build='meson ninja-build gcc libc6-dev pkg-config nettle-dev uthash-dev libcmocka-dev libisal-dev libev-dev libsqlite3-dev libpcap-dev libedit-dev'
all="$build clang libclang-rt-dev sparse clang-format python3 sqlite3"
docs='doxygen'
interop='libiscsi-bin libiscsi-dev libaio1 libibverbs1 librdmacm1'
big_endian='gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user'

case ${1:-all} in
build) wanted=$build ;;
all) wanted=$all ;;
docs) wanted=$docs ;;
interop) wanted=$interop ;;
big-endian) wanted=$big_endian ;;
*) echo "usage: tests/setup.sh build|all|docs|interop|big-endian" >&2; exit 2 ;;
esac

# Unpacks tgtd into build/interop where none is installed: installed, it would start a service that
# listens on all addresses.
unpack_tgt() {
	dir=$(cd "$(dirname "$0")/.." && pwd)/build/interop
	if command -v tgtd >/dev/null || [ -x "$dir/usr/sbin/tgtd" ]; then
		return
	fi
	mkdir -p "$dir"
	(cd "$dir" && apt-get download -q tgt >/dev/null && dpkg -x tgt_*.deb . && rm tgt_*.deb)
}

missing=
for package in $wanted; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=
	[ "$status" = installed ] || missing="$missing $package"
done

as_root=
if [ -n "$missing" ] && [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "tests/setup.sh: these packages are missing, and there is no sudo:$missing" >&2
		exit 1
	fi
	as_root=sudo
fi

# shellcheck disable=SC2086
install() {
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
		--no-install-recommends $missing </dev/null
}

if [ -n "$missing" ]; then
	echo "installing$missing"
	# the lists of packages may be fresh enough; if not, they are fetched
	install >/dev/null 2>&1 || { $as_root apt-get update -q </dev/null && install; }
fi
[ "${1:-all}" != interop ] || unpack_tgt
