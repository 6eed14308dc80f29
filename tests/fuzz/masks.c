/*
 * Masks: any text is a list of them, or refused with its place; what they do to an answer is to
 * make bytes of it zero, and doing it twice is doing it once.
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

static void check_apply(const struct masks *m, struct input *in)
{
	uint8_t request[WIRE_HEADER], before[WIRE_HEADER], once[WIRE_HEADER], twice[WIRE_HEADER];
	char *step = take_string(in);
	uint8_t *payload, *payload_once;
	size_t len;

	take_bytes(in, request, sizeof(request));
	take_bytes(in, before, sizeof(before));
	len = in->left;
	payload = copy(in->at, len);
	memcpy(once, before, sizeof(once));
	masks_apply(m, step, request, once, payload, len);
	only_zeroed(before, once, sizeof(once));
	only_zeroed(in->at, payload, len);

	/* From the header as it was: masks for failures look at the result, which may be gone. */
	payload_once = copy(payload, len);
	memcpy(twice, before, sizeof(twice));
	masks_apply(m, step, request, twice, payload, len);
	assert(memcmp(once, twice, sizeof(once)) == 0);
	assert(len == 0 || memcmp(payload_once, payload, len) == 0);
	free(payload_once);
	free(payload);
	free(step);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	char *text = take_string(&in);
	struct masks m = {0};
	char error[400];

	if (masks_add_text(&m, "masks", text, error))
		check_apply(&m, &in);
	else
		check_file_error(error, "masks", text, strlen(text));
	masks_free(&m);
	free(text);
	return 0;
}
