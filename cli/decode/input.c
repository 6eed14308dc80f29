/* What is decoded. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decode/input.h"
#include "files.h"

/* As read(), but for interruptions. */
static ssize_t read_some(int fd, void *to, size_t len)
{
	ssize_t n;

	do {
		n = read(fd, to, len);
	} while (n < 0 && errno == EINTR);
	return n;
}

static bool fail(const struct input *in, char error[400])
{
	snprintf(error, 400, "%s: %s", in->name, strerror(errno));
	return false;
}

bool input_open(struct input *in, const char *path, char error[400])
{
	bool standard = strcmp(path, "-") == 0;
	struct stat st;
	ssize_t n = 1;

	*in = (struct input){.name = standard ? "standard input" : path};
	in->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (in->fd < 0 || fstat(in->fd, &st) < 0)
		return fail(in, error);
	in->is_pipe = !S_ISREG(st.st_mode);
	while (in->nr_front < sizeof(in->front) && n > 0) {
		n = read_some(in->fd, in->front + in->nr_front, sizeof(in->front) - in->nr_front);
		if (n < 0) {
			fail(in, error);
			input_close(in);
			return false;
		}
		in->nr_front += (size_t)n;
	}
	return true;
}

void input_close(struct input *in)
{
	if (in->fd > STDIN_FILENO)
		close(in->fd);
	in->fd = -1;
}

bool input_is_pcap(const struct input *in)
{
	/* pcap in either byte order, with microseconds, nanoseconds, or more in each packet; pcapng
	 */
	static const uint8_t magics[][4] = {
		{0xd4, 0xc3, 0xb2, 0xa1}, {0xa1, 0xb2, 0xc3, 0xd4}, {0x4d, 0x3c, 0xb2, 0xa1},
		{0xa1, 0xb2, 0x3c, 0x4d}, {0x34, 0xcd, 0xb2, 0xa1}, {0xa1, 0xb2, 0xcd, 0x34},
		{0x0a, 0x0d, 0x0d, 0x0a},
	};

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		if (in->nr_front == 4 && memcmp(in->front, magics[i], 4) == 0)
			return true;
	}
	return false;
}

/* What was looked at already comes first. */
static ssize_t read_input(void *cookie, char *to, size_t len)
{
	struct input *in = cookie;
	size_t left = in->nr_front - in->used_front;

	if (left == 0)
		return read_some(in->fd, to, len);
	if (len > left)
		len = left;
	memcpy(to, in->front + in->used_front, len);
	in->used_front += len;
	return (ssize_t)len;
}

char *input_content(struct input *in, size_t *len, char error[400])
{
	char *content = NULL;
	size_t cap = 0;
	ssize_t n;

	*len = 0;
	do {
		if (cap - *len < 65536) {
			cap = cap * 2 + 65537;
			content = need(realloc(content, cap));
		}
		n = read_input(in, content + *len, cap - *len - 1);
		if (n < 0) {
			fail(in, error);
			free(content);
			return NULL;
		}
		*len += (size_t)n;
	} while (n > 0);
	content[*len] = '\0';
	return content;
}

static int close_input(void *cookie)
{
	input_close(cookie);
	return 0;
}

FILE *input_stream(struct input *in, char error[400])
{
	FILE *f = fopencookie(in, "rb",
			      (cookie_io_functions_t){.read = read_input, .close = close_input});

	if (f == NULL)
		fail(in, error);
	return f;
}

/* ------------------------------------------------------------------ kinds of text */

static bool begins_with(const char *line, const char *word)
{
	size_t len = strlen(word);

	return strncmp(line, word, len) == 0 && (line[len] == ' ' || line[len] == '\t');
}

/* The line is of hexadecimal digits and blanks, perhaps behind a mark. */
static bool is_hex_line(const char *line, size_t len)
{
	size_t digits = 0;

	for (size_t i = 0; i < len && line[i] != '#'; i++) {
		if (isxdigit((unsigned char)line[i]))
			digits++;
		else if (!isspace((unsigned char)line[i]) &&
			 !(digits == 0 && (line[i] == '>' || line[i] == '<')))
			return false;
	}
	return digits > 0;
}

enum input_kind input_text_kind(const char *content, size_t len)
{
	bool comments = false;

	if (strlen(content) != len)
		return INPUT_UNKNOWN;
	for (const char *line = content, *end; *line != '\0'; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		if (line[0] == '#') {
			comments = true;
			continue;
		}
		if (begins_with(line, "conn") || begins_with(line, "event"))
			return INPUT_VECTORS;
		if (is_hex_line(line, (size_t)(end - line)))
			return INPUT_HEX;
		if (line[strspn(line, " \t\r")] != '\n' && line[strspn(line, " \t\r")] != '\0')
			return INPUT_UNKNOWN;
	}
	/* A capture in which nothing was said. */
	return comments ? INPUT_VECTORS : INPUT_HEX;
}
