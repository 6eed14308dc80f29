/*
 * Blocks: cluster-wide exclusive work, one after the other in a line of their own (R116-R119).
 *
 * The head of the line is offered to its requester behind all that was ordered before, and not
 * while a join is being judged (R106). Nothing but other blocks waits for it (R117).
 */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "driver/hub_private.h"

void hub_block_add(struct hub_node *n)
{
	struct hub *h = n->hub;
	struct hub_block *b = mem_alloc(sizeof *b);

	b->node = n;
	assert(!TAILQ_EMPTY(&h->blocks) || h->block_state == BLOCK_WAITS);
	TAILQ_INSERT_TAIL(&h->blocks, b, link);
	h->pending++;
	hub_note(n, SD_DRIVER_BLOCK, 0, NULL);
}

static void remove_block(struct hub *h, struct hub_block *b)
{
	if (b == TAILQ_FIRST(&h->blocks))
		h->block_state = BLOCK_WAITS;
	TAILQ_REMOVE(&h->blocks, b, link);
	h->pending--;
	free(b);
}

/* R116: offers the head of the line, unless it has been started or is to wait for an event. */
void hub_block_go_on(struct hub *h)
{
	const struct hub_block *head = TAILQ_FIRST(&h->blocks);

	if (!head || h->block_state != BLOCK_WAITS || h->joiner)
		return;
	h->block_state = BLOCK_OFFERED;
	h->block_offered_at = h->position;
	hub_tell(head->node, &(struct driver_message){.type = SD_DRIVER_BLOCK_OFFER});
}

void hub_block_event(struct hub *h)
{
	if (h->block_state == BLOCK_NOT_YET)
		h->block_state = BLOCK_WAITS;
}

void hub_block_reply(struct hub_node *n, bool started)
{
	struct hub *h = n->hub;
	const struct hub_block *head = TAILQ_FIRST(&h->blocks);

	/* The entry may have vanished while its offer was under way (R119). */
	if (!head || head->node != n || h->block_state != BLOCK_OFFERED)
		return;
	if (started)
		h->block_state = BLOCK_RUNS;
	else if (h->position == h->block_offered_at)
		h->block_state = BLOCK_NOT_YET;
	else
		h->block_state = BLOCK_WAITS; /* the later event is on its way already */
	hub_block_go_on(h);
}

bool hub_block_end(struct hub_node *n)
{
	struct hub *h = n->hub;
	struct hub_block *head = TAILQ_FIRST(&h->blocks);

	if (!head || head->node != n || h->block_state != BLOCK_RUNS)
		return false;
	remove_block(h, head);
	return true;
}

void hub_block_drop(struct hub_node *n)
{
	struct hub *h = n->hub;
	struct hub_block *b, *next;

	for (b = TAILQ_FIRST(&h->blocks); b; b = next) {
		next = TAILQ_NEXT(b, link);
		if (b->node == n)
			remove_block(h, b);
	}
}
