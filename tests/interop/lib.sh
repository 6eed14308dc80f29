# What the parts of tests/interop/run share: clusters that are served, tgtd, and counting. Each ends
# what it starts, and end_all whatever is left. Needs $sheepsim, $dir, $passed, $failed, $skipped.

good() {
	passed=$((passed + 1))
	echo "ok      $1"
}

skip() {
	skipped=$((skipped + 1))
	echo "skipped $1"
}

# bad NAME FILE: and the end of what FILE says
bad() {
	failed=$((failed + 1))
	echo "FAILED  $1"
	[ ! -f "$2" ] || tail -n 40 "$2" | cut -c1-300
}

# check NAME COMMAND...
check() {
	name=$1
	shift
	if timeout 120 "$@" >"$dir/check" 2>&1 </dev/null; then
		good "$name: $(tail -n 1 "$dir/check" | cut -c1-100)"
	else
		bad "$name" "$dir/check"
	fi
}

# ctl NAME COMMAND...: commands for the cluster that is served
ctl() {
	name=$1
	shift
	for command; do
		timeout 120 "$sheepsim" ctl "$dir/control" "$command" >"$dir/ctl" 2>&1 </dev/null ||
			{ bad "$name ($command)" "$dir/ctl"; return 1; }
	done
	good "$name: $(tail -n 1 "$dir/ctl" | cut -c1-100)"
}

# Serves the scenario on standard input; sets $port, that of node 0. tgtd knows ports of four digits
# only. If somebody has one of these, the next ones are tried.
serve() {
	cat >"$dir/serve.scn"
	first=7200
	while [ $first -lt 9900 ]; do
		mkdir -p "$dir/sheep"
		"$sheepsim" serve --port $first --unix "$dir/sheep" --control "$dir/control" \
			"$dir/serve.scn" >"$dir/serve.out" 2>"$dir/serve.err" </dev/null &
		serve_pid=$!
		while kill -0 $serve_pid 2>/dev/null; do
			if grep -q '^ready' "$dir/serve.out"; then
				port=$first
				return 0
			fi
			sleep 0.05
		done
		grep -q 'in use' "$dir/serve.err" || break
		first=$((first + 50))
	done
	bad "serve" "$dir/serve.err"
	serve_pid=
	return 1
}

# SIGTERM ends it in order, with 0.
serve_stop() {
	[ -n "${serve_pid:-}" ] || return 0
	kill $serve_pid 2>/dev/null
	if wait $serve_pid; then
		good "serve ended in order"
	else
		bad "serve ended with $?" "$dir/serve.err"
	fi
	serve_pid=
	rm -rf "$dir/sheep" "$dir/control"
}

# The n-th tgtd: tgt_start N. It has one port of 127.0.0.1, and a control socket of its own.
tgt_start() {
	tgt_port=$((13260 + $$ % 5000 * 8 + $1))
	TGT_IPC_SOCKET=$dir/tgt$1 tgtd -f -C "$1" --iscsi portal=127.0.0.1:$tgt_port \
		>"$dir/tgt$1.log" 2>&1 </dev/null &
	eval "tgt_pid_$1=$! tgt_port_$1=$tgt_port"
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		tgtadm_to "$1" --mode sys --op show >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	bad "tgtd" "$dir/tgt$1.log"
	return 1
}

tgtadm_to() {
	number=$1
	shift
	TGT_IPC_SOCKET=$dir/tgt$number tgtadm -C "$number" --lld iscsi "$@"
}

# tgt_disk N TARGET BACKING-TYPE BACKING-STORE
tgt_disk() {
	if tgtadm_to "$1" --mode target --op new --tid "$2" -T "iqn.2026-01.sheepsim:$2" &&
		tgtadm_to "$1" --mode logicalunit --op new --tid "$2" --lun 1 --bstype "$3" \
			--backing-store "$4" &&
		tgtadm_to "$1" --mode target --op bind --tid "$2" -I 127.0.0.1; then
		return 0
	fi
	bad "a disk of tgtd on $4" "$dir/tgt$1.log"
	return 1
}

# tgt_url N TARGET
tgt_url() {
	eval "echo iscsi://127.0.0.1:\$tgt_port_$1/iqn.2026-01.sheepsim:$2/1"
}

# tgt_forget N TARGET: gives its lock back
tgt_forget() {
	tgtadm_to "$1" --mode target --op delete --force --tid "$2"
}

# tgtd does not end by itself as long as it has targets.
tgt_stop() {
	eval "pid=\${tgt_pid_$1:-}"
	[ -n "$pid" ] || return 0
	for target in 1 2 3; do
		tgt_forget "$1" $target >/dev/null 2>&1
	done
	kill -9 "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	eval "tgt_pid_$1="
}

end_all() {
	for number in 1 2 3 9; do
		tgt_stop $number
	done
	if [ -n "${serve_pid:-}" ]; then
		kill -9 "$serve_pid" 2>/dev/null
		wait "$serve_pid" 2>/dev/null
	fi
}
