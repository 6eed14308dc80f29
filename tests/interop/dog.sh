# Commands of a capture, given to a real dog: for tests/interop/run.

# What is another one from run to run, or from cluster to cluster: ports, times, how fast it was.
dog_masked() {
	sed -e 's/:7[0-9][0-9][0-9]/:PORT/g' -e 's/[0-9]*-[0-9]*-[0-9]* [0-9]*:[0-9]*\(:[0-9]*\)\{0,1\}/TIME/g' \
		-e 's/ *$//' "$1"
}

# What a command reads: a pattern, as long as the longest that is written.
dog_input() {
	yes sheepsim | head -c 4194304
}

# Runs the commands of a capture up to the first thing that is no command, and compares what they say
# and how they end. dog_sequence CAPTURE
dog_sequence() {
	sed -n '/^step/,$p' "tests/vectors/sequences/$1.txt" >"$dir/steps"
	while read -r word step rest; do
		[ "$word" = step ] || { [ "$word" = wait ] && continue; break; }
		file=$(find tests/vectors/frontend tests/vectors/admin tests/vectors/setup -name "$step.txt" | head -n 1)
		command=$(sed -n 's/^# command: dog //p' "$file")
		status=$(sed -n 's/^# exit status: //p' "$file")
		[ -n "$command" ] || continue
		sed -n 's/^#| \{0,1\}//p' "$file" >"$dir/dog.want"
		# shellcheck disable=SC2086
		dog_input | timeout 60 "$dog" $command -a 127.0.0.1 -p "$port" >"$dir/dog.out" 2>&1
		code=$?
		dog_masked "$dir/dog.want" >"$dir/dog.a"
		dog_masked "$dir/dog.out" >"$dir/dog.b"
		# What was written is another thing here than in the capture.
		if grep -q 'bytes of output, sha256' "$dir/dog.want"; then
			: >"$dir/dog.diff"
		else
			diff "$dir/dog.a" "$dir/dog.b" >"$dir/dog.diff"
		fi
		[ "$code" -eq "${status:-0}" ] ||
			echo "ended with $code, not ${status:-0}" >>"$dir/dog.diff"
		if [ -s "$dir/dog.diff" ]; then
			bad "dog $command" "$dir/dog.diff"
		else
			good "dog $command"
		fi
	done <"$dir/steps"
}
