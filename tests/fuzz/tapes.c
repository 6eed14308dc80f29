/*
 * Writes what the fuzzer of `sheepsim decode' begins with: a short conversation as packets of every
 * link, in every kind of file.
 *
 * usage: tapes DIRECTORY
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/decode/tape.h"

static const uint8_t read_obj[48] = {
	1, 0x02, 0x08, [8] = 8, [13] = 0x10, [16] = 5, [20] = 0x2b, 0x20, 0xed, 0, [32] = 3};
static const uint8_t no_obj[48] = {[1] = 0x02, [4] = 1, [8] = 8, [16] = 2};
static const uint8_t vdi[48] = {0x02, 0x14, 0x01, [13] = 0x02};

static void write_tape(const char *directory, enum tape_link link, enum tape_file file)
{
	static const uint64_t second = 1700000000ull * 1000000000ull;
	struct tape t = {.link = link, .file = file, .snaplen = file == TAPE_PCAP_NANO ? 120 : 0};
	uint8_t name[512] = "alpha";
	char path[400];
	uint8_t *bytes;
	size_t len;
	FILE *f;

	tape_conn(&t);
	t.conns[0].ipv6 = link == TAPE_RAW;
	tape_open(&t, 0, second);
	tape_say(&t, 0, false, second, vdi, 48, 1460);
	tape_say(&t, 0, false, second, name, 300, 200);
	tape_say(&t, 0, false, second, name + 300, 212, 1460);
	tape_say(&t, 0, false, second + 1, read_obj, 48, 20);
	tape_say(&t, 0, true, second + 2, no_obj, 48, 48);
	tape_flags(&t, 0, false, second + 3, TAPE_RST);
	/* One segment too late, one twice. */
	tape_move(&t, 4, 5);
	tape_again(&t, 6);
	bytes = tape_write(&t, &len);
	snprintf(path, sizeof(path), "%s/tape_%d_%d", directory, (int)link, (int)file);
	f = fopen(path, "wb");
	if (f == NULL || fputc((int)link & 7, f) == EOF || fwrite(bytes, 1, len, f) != len ||
	    fclose(f) != 0) {
		fprintf(stderr, "%s: cannot be written\n", path);
		exit(1);
	}
	free(bytes);
	tape_free(&t);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: tapes DIRECTORY\n");
		return 2;
	}
	for (int link = TAPE_ETHERNET; link <= TAPE_RAW; link++) {
		for (int file = TAPE_PCAP; file <= TAPE_PCAPNG; file++)
			write_tape(argv[1], (enum tape_link)link, (enum tape_file)file);
	}
	return 0;
}
