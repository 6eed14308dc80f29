/* dog vdi list, vdi tree, vdi graph, vdi lock list: what there is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/dog/internal.h"

/* ------------------------------------------------------------------ list */

static void count_objects(const struct dog_vdi *v, uint64_t *own, uint64_t *shared)
{
	uint32_t nr = dog_nr_objects(&v->head);

	*own = *shared = 0;
	for (uint32_t i = 0; i < nr; i++) {
		uint32_t owner = dog_owner(v, i);

		*own += owner == v->vid;
		*shared += owner && owner != v->vid;
	}
	*own *= dog_object_size(&v->head);
	*shared *= dog_object_size(&v->head);
}

static bool is_clone(const struct inode_head *h)
{
	return h->snap_id == 1 && h->parent_vdi_id;
}

/* The one of the command line, and (-o) the one that an object belongs to; else all. */
static bool is_asked_for(const struct dog *d)
{
	const struct inode_head *h = &d->vdi.head;

	if (d->nr_words > 0 && strcmp(d->words[0], h->name) != 0)
		return false;
	return !d->o.oid || sd_oid_vid(d->o.oid) == d->vdi.vid;
}

static enum dog_next say_vdi(struct dog *d)
{
	const struct inode_head *h = &d->vdi.head;
	uint64_t own, shared;
	char words[4][32], level[16];

	if (!is_asked_for(d))
		return DOG_ENDS;
	count_objects(&d->vdi, &own, &shared);
	if (d->o.raw) {
		dog_say(d, "%c %s %u %s %s %s %llu %x %s %s\n",
			h->snap_ctime ? 's' : (is_clone(h) ? 'c' : '='), h->name, h->snap_id,
			dog_size(d, h->vdi_size, words[0]), dog_size(d, own, words[1]),
			dog_size(d, shared, words[2]), (unsigned long long)(h->create_time >> 32),
			d->vdi.vid, dog_redundancy(h->nr_copies, h->copy_policy, level), h->tag);
		return DOG_ENDS;
	}
	dog_say(d, "%c %-8s %5u %7s %7s %7s %s  %7x %6s %13s %3u\n",
		h->snap_ctime ? 's' : (is_clone(h) ? 'c' : ' '), h->name,
		h->snap_ctime ? h->snap_id : 0, dog_size(d, h->vdi_size, words[0]),
		dog_size(d, own, words[1]), dog_size(d, shared, words[2]),
		dog_minute(h->create_time >> 32, words[3]), d->vdi.vid,
		dog_redundancy(h->nr_copies, h->copy_policy, level), h->tag, h->block_size_shift);
	return DOG_ENDS;
}

enum dog_next dog_vdi_list(struct dog *d)
{
	DOG_BEGIN(d);
	if (!d->o.raw)
		dog_say(d, "  Name        Id    Size    Used  Shared    Creation time   VDI id  "
			   "Copies  Tag   Block Size Shift\n");
	dog_begin_list(d, true, say_vdi);
	DOG_CALL(d, dog_list);
	DOG_END(d);
}

/* ------------------------------------------------------------------ tree */

/* VDIs, ascending vid. */
struct forest {
	struct tree_node {
		uint32_t vid, parent;
		uint64_t when;
		bool snapshot, shown;
		char name[257], tag[257];
	} * list;
	size_t nr;
};

static void forest_free(void *own)
{
	struct forest *f = own;

	free(f->list);
	free(f);
}

static enum dog_next plant(struct dog *d)
{
	struct forest *f = d->own;
	const struct inode_head *h = &d->vdi.head;
	struct tree_node *n;

	f->list = mem_grow(f->list, f->nr, sizeof(*f->list));
	n = &f->list[f->nr++];
	*n = (struct tree_node){.vid = d->vdi.vid,
				.parent = h->parent_vdi_id,
				.when = h->create_time >> 32,
				.snapshot = h->snap_ctime != 0};
	strcpy(n->name, h->name);
	strcpy(n->tag, h->tag);
	return DOG_ENDS;
}

static bool is_child(const struct tree_node *n, const struct tree_node *parent)
{
	return !n->shown && n->parent == parent->vid && strcmp(n->name, parent->name) == 0;
}

static struct tree_node *child_of(const struct forest *f, const struct tree_node *parent)
{
	for (size_t i = 0; i < f->nr; i++) {
		if (is_child(&f->list[i], parent))
			return &f->list[i];
	}
	return NULL;
}

static size_t nr_children(const struct forest *f, const struct tree_node *parent)
{
	size_t nr = 0;

	for (size_t i = 0; i < f->nr; i++)
		nr += is_child(&f->list[i], parent);
	return nr;
}

static bool is_root(const struct forest *f, const struct tree_node *n)
{
	for (size_t i = 0; i < f->nr; i++) {
		if (f->list[i].vid == n->parent && strcmp(f->list[i].name, n->name) == 0)
			return false;
	}
	return true;
}

/*
 * A VDI and all that came of it, on as many lines as there are ends; indent: what stands before it
 * on lines below the first. Captures have no branches: they are drawn as pstree draws them.
 */
static void say_tree(struct dog *d, struct tree_node *n, const char *indent)
{
	size_t nr = nr_children(d->own, n);
	char when[32], label[64];
	struct text below = {0};

	n->shown = true;
	if (n->snapshot)
		snprintf(label, sizeof(label), "[%s]", dog_minute(n->when, when));
	else
		snprintf(label, sizeof(label), "(you are here)");
	dog_say(d, "%s", label);
	for (size_t i = 0; i < nr; i++) {
		bool last = i + 1 == nr;

		text_clear(&below);
		text_add(&below, "%s%*s%s", indent, (int)strlen(label), "", last ? "   " : " | ");
		if (i > 0)
			dog_say(d, "%s%*s", indent, (int)strlen(label), "");
		if (i == 0)
			dog_say(d, last ? "---" : "-+-");
		else
			dog_say(d, last ? " `-" : " |-");
		say_tree(d, child_of(d->own, n), text_get(&below));
	}
	if (nr == 0)
		dog_say(d, "\n");
	text_free(&below);
}

/* Roots stand behind the name. */
static void say_root(struct dog *d, struct tree_node *n)
{
	struct text indent = {0};

	dog_say(d, "%s---", n->name);
	text_add(&indent, "%*s", (int)strlen(n->name) + 3, "");
	say_tree(d, n, text_get(&indent));
	text_free(&indent);
}

enum dog_next dog_vdi_tree(struct dog *d)
{
	struct forest *f;

	DOG_BEGIN(d);
	d->own = mem_alloc(sizeof(struct forest));
	d->own_free = forest_free;
	dog_begin_list(d, false, plant);
	DOG_CALL(d, dog_list);
	f = d->own;
	for (size_t i = 0; i < f->nr; i++) {
		if (!f->list[i].shown && is_root(f, &f->list[i]))
			say_root(d, &f->list[i]);
	}
	DOG_END(d);
}

/* ------------------------------------------------------------------ graph */

static enum dog_next draw(struct dog *d)
{
	const struct inode_head *h = &d->vdi.head;
	char size[32], when[32];

	dog_second(h->create_time >> 32, when);
	dog_say(d, "\n  \"%x\" -> \"%x\";\n  \"%x\" [\n    group = \"%s\",\n", h->parent_vdi_id,
		d->vdi.vid, d->vdi.vid, h->name);
	dog_say(d,
		"    label = \"Name: %10s\\nTag:  %10x\\nSize: %10s\\nDate: %.10s\\nTime: %10s\"",
		h->name, h->snap_ctime ? h->snap_id : 0, dog_size(d, h->vdi_size, size), when,
		when + 11);
	dog_say(d, h->snap_ctime ? "\n  ];\n" : ",\n    color=\"red\"\n  ];\n");
	return DOG_ENDS;
}

enum dog_next dog_vdi_graph(struct dog *d)
{
	DOG_BEGIN(d);
	dog_say(d, "digraph G {\n  node [shape = \"box\", fontname = \"Courier\"];\n\n"
		   "  \"0\" [shape = \"ellipse\", label = \"root\"];\n");
	dog_begin_list(d, false, draw);
	DOG_CALL(d, dog_list);
	dog_say(d, "}\n");
	DOG_END(d);
}

/* ------------------------------------------------------------------ locks */

static void say_owner(struct dog *d, const struct node_id *id, const char *more)
{
	char words[48];

	dog_say(d, " %s ip:%s port:%u%s", id->addr[0] ? "IPv6" : "IPv4",
		address_text(id->addr, words), id->port, more);
}

static void say_lock(struct dog *d, const struct vdi_state *s)
{
	static const char *const states[] = {"", "(modified)", "(shared)", "(invalidated)"};
	const struct inode_head *h = &d->vdi.head;

	dog_say(d, "  %-8s %6u  %6x  %-14s", h->name, h->snap_ctime ? h->snap_id : 0, s->vid,
		h->tag);
	if (s->lock_state == SD_LOCK_STATE_LOCKED)
		say_owner(d, &s->lock_owner, "");
	for (uint32_t i = 0; s->lock_state == SD_LOCK_STATE_SHARED && i < s->nr_participants; i++)
		say_owner(d, &s->participants[i],
			  s->participants_state[i] < 4 ? states[s->participants_state[i]] : "");
	dog_say(d, "\n");
}

/* The VDI's entry in the table that was asked for before: d->bytes. */
bool dog_lock_of(const struct dog *d, uint32_t vid, struct vdi_state *s)
{
	uint32_t size = dialect_info(d->dialect)->vdi_state_size;

	for (uint64_t at = 0; at + size <= blob_size(d->bytes) && size; at += size) {
		struct blob *one = blob_slice(d->bytes, at, size);
		struct vdi_state *states = NULL;
		size_t nr = 0;

		if (dialect_vdi_states_decode(d->dialect, one, &states, &nr, NULL) == 0 && nr == 1)
			*s = states[0];
		else
			s->vid = 0;
		free(states);
		blob_unref(one);
		if (s->vid == vid)
			return s->lock_state == SD_LOCK_STATE_LOCKED ||
			       s->lock_state == SD_LOCK_STATE_SHARED;
	}
	return false;
}

static enum dog_next visit_lock(struct dog *d)
{
	struct vdi_state s;

	if (dog_lock_of(d, d->vdi.vid, &s))
		say_lock(d, &s);
	return DOG_ENDS;
}

/* Room for 512 VDIs: dog does not ask again if there are more. */
enum dog_next dog_ask_locks(struct dog *d)
{
	DOG_BEGIN(d);
	dog_ask(d, SD_OP_GET_VDI_COPIES, 512 * dialect_info(d->dialect)->vdi_state_size);
	DOG_AWAIT(d);
	if (d->result == SD_RES_SUCCESS && d->data)
		d->bytes = blob_ref(d->data);
	DOG_END(d);
}

enum dog_next dog_vdi_lock_list(struct dog *d)
{
	DOG_BEGIN(d);
	DOG_CALL(d, dog_ask_locks);
	dog_say(d, "  Name         Id  VDI id  Tag            Owner node(s)\n");
	dog_begin_list(d, true, visit_lock);
	DOG_CALL(d, dog_list);
	DOG_END(d);
}
