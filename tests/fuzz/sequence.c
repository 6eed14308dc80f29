/*
 * The reader of sequences: any file is read, or refused with its place; what was read keeps to the
 * topology.
 *
 * Input: the file.
 */
#include "file.h"

#include <unistd.h>

#include "../../cli/sequence.h"

static void check_items(const struct sequence *s, const struct item *items, size_t nr, bool inner)
{
	for (size_t i = 0; i < nr; i++) {
		const struct item *item = &items[i];
		bool named = item->kind == ITEM_STEP || item->kind == ITEM_MOMENT;

		assert(item->line > 0);
		assert(item->node >= -1 && item->node < (int)s->nr_nodes);
		assert(item->other >= -1 && item->other < (int)s->nr_nodes);
		assert(named == (item->name != NULL));
		assert(!inner || !named);
		assert(inner || (item->kind != ITEM_SEND && item->kind != ITEM_ANSWER));
		assert(item->kind == ITEM_STEP || item->nr_inner == 0);
		for (size_t k = 0; k < item->nr_files; k++)
			assert(strchr(item->files[k], '/') != NULL);
		switch (item->kind) {
		case ITEM_START:
		case ITEM_KILL:
		case ITEM_STOP:
		case ITEM_HOLD:
		case ITEM_RELEASE:
		case ITEM_REMOVE:
		case ITEM_DAMAGE:
			assert(item->node >= 0);
			break;
		case ITEM_COPY_METADATA:
			assert(item->node >= 0 && item->other >= 0);
			break;
		default:
			break;
		}
		check_items(s, item->inner, item->nr_inner, true);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[INPUT_PATH_MAX], error[400];
	int fd = input_file(data, size, path);
	struct sequence s;

	if (!sequence_read(&s, path, error)) {
		check_file_error(error, path, data, size);
	} else {
		assert(s.nr_nodes <= TOPOLOGY_MAX);
		for (size_t i = 0; i < s.nr_nodes; i++) {
			assert(memchr(s.nodes[i].address, '\0', sizeof(s.nodes[i].address)));
			assert(memchr(s.nodes[i].io_address, '\0', sizeof(s.nodes[i].io_address)));
		}
		check_items(&s, s.items, s.nr_items, false);
		sequence_free(&s);
	}
	close(fd);
	return 0;
}
