#include "fuzz.h"

#include "base/mem.h"

void take_bytes(struct input *in, void *p, size_t len)
{
	size_t there = len < in->left ? len : in->left;

	memset(p, 0, len);
	memcpy(p, in->at, there);
	in->at += there;
	in->left -= there;
}

uint8_t take_u8(struct input *in)
{
	uint8_t v;

	take_bytes(in, &v, sizeof(v));
	return v;
}

uint16_t take_le16(struct input *in)
{
	uint16_t low = take_u8(in);

	return (uint16_t)(low | take_u8(in) << 8);
}

uint32_t take_le32(struct input *in)
{
	uint32_t low = take_le16(in);

	return low | (uint32_t)take_le16(in) << 16;
}

struct blob *take_blob(struct input *in, size_t len)
{
	size_t there = len < in->left ? len : in->left;
	struct blob *b = blob_new(in->at, there);

	in->at += there;
	in->left -= there;
	return b;
}

char *take_string(struct input *in)
{
	size_t len = strnlen((const char *)in->at, in->left);
	char *s = mem_alloc(len + 1);

	take_bytes(in, s, len);
	take_u8(in);
	return s;
}

void check_error(const struct wire_error *err, uint64_t size)
{
	assert(err->offset <= size);
	assert(err->text[0] != '\0');
	assert(memchr(err->text, '\0', sizeof(err->text)) != NULL);
}

static bool inside(const struct stretch *list, size_t max, uint32_t at, uint32_t *start)
{
	for (size_t i = 0; i < max && list[i].len > 0; i++) {
		*start = list[i].offset;
		if (at >= list[i].offset && at - list[i].offset < list[i].len)
			return true;
	}
	return false;
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
	return bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0;
}

#define NR(array) (sizeof(array) / sizeof(*(array)))

void check_encoded(const struct outline *shape, const uint8_t *before, const uint8_t *after)
{
	uint32_t start;

	if (is_zero(before, shape->size) && is_zero(after, shape->size))
		return; /* most of a long list */
	for (uint32_t i = 0; i < shape->size; i++) {
		bool dropped = inside(shape->dropped, NR(shape->dropped), i, &start);

		if (inside(shape->text, NR(shape->text), i, &start))
			dropped = memchr(before + start, '\0', i - start) != NULL;
		assert(after[i] == (dropped ? 0 : before[i]));
	}
}
