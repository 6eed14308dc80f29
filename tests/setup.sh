#!/bin/sh
# Installs what building and testing need, if it is missing: tests/setup.sh build|all|docs|big-endian
# On Debian 12, as root or with sudo. Where everything is there, it takes no time and no network.
set -eu

build='meson ninja-build gcc libc6-dev pkg-config nettle-dev uthash-dev libcmocka-dev libisal-dev libev-dev libsqlite3-dev libpcap-dev libedit-dev'
all="$build clang libclang-rt-dev sparse clang-format python3"
docs='doxygen'
big_endian='gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user'

case ${1:-all} in
build) wanted=$build ;;
all) wanted=$all ;;
docs) wanted=$docs ;;
big-endian) wanted=$big_endian ;;
*) echo "usage: tests/setup.sh build|all|docs|big-endian" >&2; exit 2 ;;
esac

missing=
for package in $wanted; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=
	[ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "tests/setup.sh: these packages are missing, and there is no sudo:$missing" >&2
		exit 1
	fi
	as_root=sudo
fi

echo "installing$missing"
# shellcheck disable=SC2086
install() {
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
		--no-install-recommends $missing </dev/null
}
# the lists of packages may be fresh enough; if not, they are fetched
install >/dev/null 2>&1 || { $as_root apt-get update -q </dev/null && install; }
