/*
 * Masks: any text is a list of them, or refused with its place; what they do to an answer is to
 * make bytes of it zero, the same ones in any order.
 *
 * Input: the masks, a NUL, the step, a NUL, request header, answer header, payload of the answer.
 */
#include "file.h"

#include "../../cli/masks.h"

/* A copy of its own size, so that a byte too far is seen. */
static uint8_t *copy(const uint8_t *bytes, size_t len)
{
	uint8_t *p = malloc(len);

	assert(p || len == 0);
	if (len > 0)
		memcpy(p, bytes, len);
	return p;
}

static void only_zeroed(const uint8_t *before, const uint8_t *after, size_t len)
{
	for (size_t i = 0; i < len; i++)
		assert(after[i] == before[i] || after[i] == 0);
}

/* The lines of a text, the last one first; free() it. */
static char *reverse_lines(const char *text)
{
	size_t len = strlen(text);
	char *reversed = malloc(len + 2), *to = reversed;

	assert(reversed);
	for (size_t end = len, at = len + 1; at-- > 0;) {
		if (at > 0 && text[at - 1] != '\n')
			continue;
		memcpy(to, text + at, end - at);
		to += end - at;
		*to++ = '\n';
		end = at > 0 ? at - 1 : 0;
	}
	*to = '\0';
	return reversed;
}

static void check_apply(const struct masks *m, const struct masks *reversed, struct input *in)
{
	uint8_t request[WIRE_HEADER], before[WIRE_HEADER], one[WIRE_HEADER], other[WIRE_HEADER];
	char *step = take_string(in);
	uint8_t *payload, *payload_other;
	size_t len;

	take_bytes(in, request, sizeof(request));
	take_bytes(in, before, sizeof(before));
	len = in->left;
	payload = copy(in->at, len);
	payload_other = copy(in->at, len);
	memcpy(one, before, sizeof(one));
	memcpy(other, before, sizeof(other));

	masks_apply(m, step, request, one, payload, len);
	only_zeroed(before, one, sizeof(before));
	only_zeroed(in->at, payload, len);
	masks_apply(reversed, step, request, other, payload_other, len);
	assert(memcmp(one, other, sizeof(one)) == 0);
	assert(len == 0 || memcmp(payload, payload_other, len) == 0);
	free(payload_other);
	free(payload);
	free(step);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	char *text = take_string(&in), *reversed_text = reverse_lines(text);
	struct masks m = {0}, reversed = {0};
	char error[400];
	bool good = masks_add_text(&m, "masks", text, error), good_reversed;

	if (!good)
		check_file_error(error, "masks", text, strlen(text));
	good_reversed = masks_add_text(&reversed, "masks", reversed_text, error);
	assert(good == good_reversed);
	if (good)
		check_apply(&m, &reversed, &in);
	masks_free(&m);
	masks_free(&reversed);
	free(reversed_text);
	free(text);
	return 0;
}
