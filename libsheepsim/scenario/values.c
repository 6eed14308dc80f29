/* Words to numbers and back. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "scenario/values.h"

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit size_units[] = {
	{"", 1}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {"T", UINT64_C(1) << 40},
};

static const struct unit time_units[] = {
	{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}, {"min", UINT64_C(60000000000)},
};

#define NR(array) (sizeof(array) / sizeof(*(array)))

/* Digits of a base at *p; they end where *p points afterwards. */
static enum number_fault digits(const char **p, unsigned int base, uint64_t *number)
{
	const char *start = *p;

	*number = 0;
	for (; isxdigit((unsigned char)**p); (*p)++) {
		unsigned int digit = (unsigned char)**p;

		digit = digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
		if (digit >= base)
			break;
		if (__builtin_mul_overflow(*number, base, number) ||
		    __builtin_add_overflow(*number, digit, number))
			return NUMBER_TOO_BIG;
	}
	return *p == start ? NUMBER_MALFORMED : NUMBER_OK;
}

enum number_fault parse_count(const char *word, uint64_t *count)
{
	unsigned int base = 10;
	enum number_fault fault;

	if (word[0] == '0' && (word[1] == 'x' || word[1] == 'X')) {
		base = 16;
		word += 2;
	}
	fault = digits(&word, base, count);
	if (fault == NUMBER_OK && *word != '\0')
		return NUMBER_MALFORMED;
	return fault;
}

/* number * factor, and the part after the point; exact or a fault. */
static enum number_fault scale(uint64_t number, const char *point, size_t len, uint64_t factor,
			       uint64_t *result)
{
	uint64_t part = 0;
	uint64_t whole = 1;

	if (__builtin_mul_overflow(number, factor, result))
		return NUMBER_TOO_BIG;
	for (; len > 0 && point[len - 1] == '0'; len--)
		;
	if (len > 12)
		return NUMBER_FRACTION;
	for (size_t i = 0; i < len; i++) {
		part = part * 10 + (uint64_t)(point[i] - '0');
		whole *= 10;
	}
	/* part / whole of the factor: halves, quarters, ... of it, as long as it comes out even */
	for (; whole > 1 && part % 2 == 0 && whole % 2 == 0; part /= 2)
		whole /= 2;
	for (; whole > 1 && part % 5 == 0 && whole % 5 == 0; part /= 5)
		whole /= 5;
	if (factor % whole != 0)
		return NUMBER_FRACTION;
	if (__builtin_mul_overflow(factor / whole, part, &part) ||
	    __builtin_add_overflow(*result, part, result))
		return NUMBER_TOO_BIG;
	return NUMBER_OK;
}

/* A number with a point or without, up to its unit. */
static enum number_fault decimal(const char **p, uint64_t *number, const char **point, size_t *len)
{
	enum number_fault fault = digits(p, 10, number);

	*point = *p;
	*len = 0;
	if (fault != NUMBER_OK || **p != '.')
		return fault;
	*point = ++*p;
	while (isdigit((unsigned char)**p))
		(*p)++;
	*len = (size_t)(*p - *point);
	return *len > 0 ? NUMBER_OK : NUMBER_MALFORMED;
}

enum number_fault parse_size(const char *word, uint64_t *bytes)
{
	const char *point;
	uint64_t number;
	size_t len;
	enum number_fault fault;

	if (word[0] == '0' && (word[1] == 'x' || word[1] == 'X'))
		return parse_count(word, bytes);
	fault = decimal(&word, &number, &point, &len);
	if (fault != NUMBER_OK)
		return fault;
	for (size_t i = 0; i < NR(size_units); i++) {
		const char *name = size_units[i].name;
		size_t n = strlen(name);

		if (strncasecmp(word, name, n) != 0)
			continue;
		if (word[n] == '\0' || (n > 0 && strcmp(word + n, "iB") == 0) ||
		    (n == 0 && strcmp(word, "B") == 0))
			return scale(number, point, len, size_units[i].factor, bytes);
	}
	return NUMBER_UNIT;
}

enum number_fault parse_time(const char *word, uint64_t *ns)
{
	const char *point;
	uint64_t number;
	size_t len;
	enum number_fault fault = decimal(&word, &number, &point, &len);

	if (fault != NUMBER_OK)
		return fault;
	if (*word == '\0' && number == 0) {
		*ns = 0;
		return NUMBER_OK;
	}
	for (size_t i = 0; i < NR(time_units); i++) {
		if (strcmp(word, time_units[i].name) == 0)
			return scale(number, point, len, time_units[i].factor, ns);
	}
	return NUMBER_UNIT;
}

const char *number_fault_words(enum number_fault fault)
{
	switch (fault) {
	case NUMBER_OK:
		return "is right";
	case NUMBER_MALFORMED:
		return "is not a number";
	case NUMBER_UNIT:
		return "needs another unit (sizes: K, M, G, T; times: ns, us, ms, s, min)";
	case NUMBER_TOO_BIG:
		return "does not fit into 64 bits";
	case NUMBER_FRACTION:
		return "is no whole number of the smallest unit (bytes, ns)";
	}
	return "";
}

void text_size(struct text *t, uint64_t bytes)
{
	size_t i = NR(size_units) - 1;

	while (i > 0 && (bytes == 0 || bytes % size_units[i].factor != 0))
		i--;
	text_add(t, "%" PRIu64 " %s%s", bytes / size_units[i].factor,
		 i > 0 ? size_units[i].name : "bytes", i > 0 ? "iB" : "");
}

void text_time(struct text *t, uint64_t ns)
{
	size_t i = NR(time_units) - 2; /* minutes are only read */
	uint64_t rest;
	char part[24];
	int len;

	while (i > 0 && ns < time_units[i].factor)
		i--;
	rest = ns % time_units[i].factor;
	text_add(t, "%" PRIu64, ns / time_units[i].factor);
	if (rest != 0) {
		len = snprintf(part, sizeof(part), "%0*" PRIu64, (int)(i * 3), rest);
		while (part[len - 1] == '0')
			len--;
		text_add(t, ".%.*s", len, part);
	}
	text_add(t, " %s", time_units[i].name);
}

size_t word_distance(const char *a, const char *b, size_t limit)
{
	size_t n = strlen(b);
	size_t *row;
	size_t left;
	size_t corner;

	if (strlen(a) > n + limit || n > strlen(a) + limit)
		return limit + 1;
	row = mem_array(n + 1, sizeof(*row));
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 0; a[i] != '\0'; i++) {
		corner = row[0];
		left = row[0] = i + 1;
		for (size_t j = 0; j < n; j++) {
			size_t best = corner + (a[i] != b[j]);

			corner = row[j + 1];
			if (best > corner + 1)
				best = corner + 1;
			if (best > left + 1)
				best = left + 1;
			left = row[j + 1] = best;
		}
	}
	left = row[n];
	free(row);
	return left > limit ? limit + 1 : left;
}

void suggest(struct suggestion *s, const char *candidate)
{
	size_t limit = 1 + strlen(s->word) / 4;
	size_t distance = word_distance(s->word, candidate, limit);

	if (distance > limit || (s->best != NULL && distance >= s->distance))
		return;
	s->best = candidate;
	s->distance = distance;
}
