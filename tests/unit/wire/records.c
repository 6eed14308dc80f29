#include "tests.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/cluster.h"
#include "wire/records_admin.h"

static struct node_rec node(unsigned int i)
{
	struct node_rec n;

	memset(&n, 0, sizeof(n));
	fill_random(n.nid.addr, sizeof(n.nid.addr), 3, i);
	n.nid.port = (uint16_t)(7000 + i);
	n.nr_vnodes = (uint16_t)(i * 3);
	n.zone = i * 0x10001;
	n.space = (uint64_t)i << 33;
	return n;
}

static struct node_rec *nodes(size_t n)
{
	struct node_rec *list = mem_array(n, sizeof(*list));

	for (size_t i = 0; i < n; i++)
		list[i] = node((unsigned int)i);
	return list;
}

static void integers_are_little_endian_and_need_no_alignment(void **state)
{
	uint8_t bytes[9] = {0};

	(void)state;
	put_le16(bytes + 1, 0x0201);
	assert_int_equal(get_le16(bytes + 1), 0x0201);
	assert_int_equal(bytes[1], 1);
	put_le32(bytes + 1, 0x04030201);
	assert_int_equal(get_le32(bytes + 1), 0x04030201);
	put_le64(bytes + 1, 0x0807060504030201);
	assert_int_equal(get_le64(bytes + 1), 0x0807060504030201);
	for (int i = 0; i < 9; i++)
		assert_int_equal(bytes[i], i);
}

static void members_are_ordered_by_address_then_port(void **state)
{
	struct node_id v4 = {.addr = {[12] = 10, 0, 0, 1}, .port = 7000};
	struct node_id v6 = {.addr = {0x20, 0x01, 0x0d, 0xb8}, .port = 1};
	struct node_id higher = v4, other_nic = v4;

	(void)state;
	higher.port = 256;
	assert_true(node_id_cmp(&v4, &v6) < 0);
	assert_true(node_id_cmp(&v6, &v4) > 0);
	assert_true(node_id_cmp(&higher, &v4) < 0); /* as a number, not as bytes */
	other_nic.io_port = 9;
	other_nic.io_addr[3] = 1;
	assert_int_equal(node_id_cmp(&v4, &other_nic), 0);
}

static void addresses_are_written_as_usual(void **state)
{
	struct node_id v4 = {.addr = {[12] = 127, 0, 0, 1}, .port = 7000};
	struct node_id v6 = {.addr = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}, .port = 7001};
	char buf[64];

	(void)state;
	assert_string_equal(node_id_text(&v4, buf), "127.0.0.1:7000");
	assert_string_equal(node_id_text(&v6, buf), "[2001:db8::1]:7001");
	assert_string_equal(address_text(v6.addr, buf), "2001:db8::1");
	memset(&v6, 0xff, sizeof(v6));
	assert_string_equal(node_id_text(&v6, buf),
			    "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
}

static void lists_of_nodes_come_back_in_any_length(void **state)
{
	static const size_t lengths[] = {0, 1, 50, 51, 52, 102, 1000, SD_MAX_NODES};

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		size_t n = lengths[i];
		struct node_rec *list = nodes(n ? n : 1), *back;
		struct blob *b = node_list_encode(list, n);

		assert_int_equal(blob_size(b), n * 80);
		assert_int_equal(node_list_decode(b, 0, n, &back, NULL), 0);
		if (n)
			assert_memory_equal(back, list, n * sizeof(*list));
		else
			assert_null(back);
		free(back);
		free(list);
		blob_unref(b);
	}
}

static void a_list_longer_than_its_bytes_is_refused(void **state)
{
	struct blob *b = blob_zero(3 * 80 + 79);
	struct node_rec *list = (struct node_rec *)&list;
	struct wire_error err;

	(void)state;
	assert_int_equal(node_list_decode(b, 0, 3, &list, &err), 0);
	free(list);
	assert_true(node_list_decode(b, 0, 4, &list, &err) < 0);
	assert_null(list);
	assert_true(node_list_decode(b, 80, 3, &list, &err) < 0);
	assert_int_equal(err.offset, 80);
	assert_true(node_list_decode(b, 320, 1, &list, &err) < 0);
	assert_true(node_list_decode(b, 0, SIZE_MAX, &list, NULL) < 0);
	assert_true(node_list_decode(b, UINT64_MAX, 0, &list, NULL) < 0);
	assert_true(node_list_decode(NULL, 0, 1, &list, NULL) < 0);
	blob_unref(b);
}

static struct cluster_info some_cluster_info(void)
{
	struct cluster_info ci;

	memset(&ci, 0, sizeof(ci));
	ci.proto_ver = 0x0a;
	ci.disable_recovery = 1;
	ci.nr_nodes = 3;
	ci.epoch = 0x01020304;
	ci.ctime = 0x1112131415161718;
	ci.flags = SD_CLUSTER_FLAG_STRICT | SD_CLUSTER_FLAG_AVOID_DISKFULL;
	ci.nr_copies = 2;
	ci.copy_policy = 0x11;
	ci.status = SD_STATUS_WAIT;
	ci.block_size_shift = 22;
	ci.lowest_ver = 9;
	memcpy(ci.default_store, "plain", 6);
	return ci;
}

static void cluster_info_comes_back_whole_and_cut(void **state)
{
	struct cluster_info ci = some_cluster_info(), back;
	struct node_rec *list = nodes(3), *list_back;
	const uint64_t sizes[] = {CLUSTER_INFO_SIZE, CLUSTER_INFO_HEAD + 3 * 80, 131072};
	uint8_t head[CLUSTER_INFO_HEAD], wanted[CLUSTER_INFO_HEAD];

	(void)state;
	unhex("0a010300 04030201 1817161514131211 2100 02 11 02 16 0000 09 "
	      "706c61696e0000000000000000000000 00000000000000",
	      wanted, sizeof(wanted));
	for (size_t i = 0; i < 3; i++) {
		struct blob *b = cluster_info_encode(&ci, list, sizes[i]);

		assert_int_equal(blob_size(b), sizes[i]);
		blob_read(b, 0, head, sizeof(head));
		assert_memory_equal(head, wanted, sizeof(head));
		assert_int_equal(cluster_info_decode(b, &back, &list_back, NULL), 0);
		assert_memory_equal(&back, &ci, sizeof(ci));
		assert_memory_equal(list_back, list, 3 * sizeof(*list));
		free(list_back);
		blob_unref(b);
	}
	free(list);
}

static void cluster_info_with_too_many_nodes_is_refused(void **state)
{
	struct cluster_info ci = some_cluster_info(), back;
	struct blob *b;
	struct node_rec *list;
	struct wire_error err;
	uint8_t nr[2];

	(void)state;
	ci.nr_nodes = 0;
	b = cluster_info_encode(&ci, NULL, CLUSTER_INFO_SIZE);
	put_le16(nr, SD_MAX_NODES + 1);
	b = blob_write(b, 2, nr, sizeof(nr));
	assert_true(cluster_info_decode(b, &back, &list, &err) < 0);
	assert_int_equal(err.offset, 2);
	put_le16(nr, SD_MAX_NODES);
	b = blob_write(b, 2, nr, sizeof(nr));
	assert_int_equal(cluster_info_decode(b, &back, &list, &err), 0);
	free(list);
	/* One byte less than the last node needs. */
	b = blob_resize(b, CLUSTER_INFO_SIZE - 1);
	assert_true(cluster_info_decode(b, &back, &list, &err) < 0);
	assert_null(list);
	b = blob_resize(b, CLUSTER_INFO_HEAD - 1);
	assert_true(cluster_info_decode(b, &back, &list, &err) < 0);
	assert_int_equal(err.offset, CLUSTER_INFO_HEAD - 1);
	blob_unref(b);
}

static void a_full_store_name_needs_no_nul(void **state)
{
	struct cluster_info ci = some_cluster_info(), back;
	struct node_rec *list;
	struct blob *b;

	(void)state;
	ci.nr_nodes = 0;
	memcpy(ci.default_store, "0123456789abcdef", 17);
	b = cluster_info_encode(&ci, NULL, CLUSTER_INFO_HEAD);
	assert_int_equal(cluster_info_decode(b, &back, &list, NULL), 0);
	assert_string_equal(back.default_store, "0123456789abcdef");
	blob_unref(b);
}

static void epochs_come_back_and_odd_lengths_are_refused(void **state)
{
	struct node_rec *list = nodes(4), *back;
	struct blob *b = epoch_blob_encode(list, 4, 0x0102030405060708);
	struct wire_error err;
	uint64_t time;
	size_t n;

	(void)state;
	assert_int_equal(blob_size(b), 4 * 80 + 8);
	assert_int_equal(epoch_blob_decode(b, &back, &n, &time, NULL), 0);
	assert_int_equal(n, 4);
	assert_int_equal(time, 0x0102030405060708);
	assert_memory_equal(back, list, n * sizeof(*list));
	free(back);
	b = blob_resize(b, 4 * 80 + 9);
	assert_true(epoch_blob_decode(b, &back, &n, &time, &err) < 0);
	b = blob_resize(b, 7);
	assert_true(epoch_blob_decode(b, &back, &n, &time, &err) < 0);
	b = blob_resize(b, 8);
	assert_int_equal(epoch_blob_decode(b, &back, &n, &time, &err), 0);
	assert_int_equal(n, 0);
	b = blob_resize(b, (SD_MAX_NODES + 1) * 80 + 8);
	assert_true(epoch_blob_decode(b, &back, &n, &time, &err) < 0);
	blob_unref(b);
	free(list);
}

static void disks_come_back(void **state)
{
	struct md_info *disks = mem_array(2, sizeof(*disks)), *back;
	struct wire_error err;
	struct blob *b;
	uint8_t nr[4];
	size_t n;

	(void)state;
	disks[0].idx = -1;
	disks[0].free = 5;
	disks[1].used = UINT64_MAX;
	memset(disks[1].path, 'x', 4096);
	b = md_info_encode(disks, 2);
	assert_int_equal(blob_size(b), MD_INFO_SIZE);
	assert_int_equal(md_info_decode(b, &back, &n, NULL), 0);
	assert_int_equal(n, 2);
	assert_memory_equal(back, disks, 2 * sizeof(*disks));
	free(back);
	put_le32(nr, MD_MAX_DISKS + 1);
	b = blob_write(b, offsetof(struct sd_md_info_list, nr), nr, 4);
	assert_true(md_info_decode(b, &back, &n, &err) < 0);
	assert_int_equal(err.offset, 263680);
	b = blob_resize(b, MD_INFO_SIZE - 1);
	assert_true(md_info_decode(b, &back, &n, &err) < 0);
	assert_null(back);
	blob_unref(b);
	free(disks);
}

static void states_of_recovery_come_back(void **state)
{
	struct recovery_state s, back;
	uint8_t out[RECOVERY_STATE_SIZE], wanted[RECOVERY_STATE_SIZE];
	struct wire_error err;
	struct blob *b;

	(void)state;
	memset(&s, 0, sizeof(s));
	s.in_recovery = 1;
	s.state = SD_RECOVERY_STATE_NOTIFY_COMPLETION;
	s.nr_finished = 0x0102;
	s.nr_total = 0x0304;
	unhex("01000000 02000000 0201000000000000 0403000000000000", wanted, sizeof(wanted));
	recovery_state_encode(&s, out);
	assert_memory_equal(out, wanted, sizeof(out));
	b = blob_new(out, sizeof(out));
	assert_int_equal(recovery_state_decode(b, &back, NULL), 0);
	assert_memory_equal(&back, &s, sizeof(s));
	b = blob_resize(b, sizeof(out) - 1);
	assert_true(recovery_state_decode(b, &back, &err) < 0);
	assert_int_equal(err.offset, sizeof(out) - 1);
	blob_unref(b);
}

static void throttling_comes_back(void **state)
{
	struct recovery_throttling t, back;
	uint8_t out[RECOVERY_THROTTLING_SIZE], wanted[RECOVERY_THROTTLING_SIZE];
	struct blob *b;

	(void)state;
	memset(&t, 0, sizeof(t));
	t.max_exec_count = 5;
	t.queue_work_interval = 100;
	t.throttling = 1;
	unhex("05000000 00000000 6400000000000000 0100000000000000", wanted, sizeof(wanted));
	recovery_throttling_encode(&t, out);
	assert_memory_equal(out, wanted, sizeof(out));
	b = blob_new(out, sizeof(out));
	assert_int_equal(recovery_throttling_decode(b, &back, NULL), 0);
	assert_memory_equal(&back, &t, sizeof(t));
	b = blob_resize(b, sizeof(out) - 1);
	assert_true(recovery_throttling_decode(b, &back, NULL) < 0);
	blob_unref(b);
}

static void counters_stand_in_the_order_of_the_spec(void **state)
{
	const struct node_stat stat = {
		.gway_active = 1,
		.peer_active = 2,
		.gway_total = 3,
		.peer_total = 4,
		.gway_rx = 5,
		.gway_tx = 6,
		.peer_rx = 7,
		.peer_tx = 8,
		.gway_remove = 9,
		.gway_read = 10,
		.gway_write = 11,
		.gway_flush = 12,
		.peer_remove = 13,
		.peer_read = 14,
		.peer_write = 15,
	};
	uint8_t out[NODE_STAT_SIZE];
	struct node_stat back;
	struct blob *b;

	(void)state;
	node_stat_encode(&stat, out);
	for (unsigned int i = 0; i < 15; i++)
		assert_int_equal(get_le64(out + 8 * i), i + 1);
	b = blob_new(out, sizeof(out));
	assert_int_equal(node_stat_decode(b, &back, NULL), 0);
	assert_memory_equal(&back, &stat, sizeof(stat));
	b = blob_resize(b, sizeof(out) - 1);
	assert_true(node_stat_decode(b, &back, NULL) < 0);
	blob_unref(b);
}

int records_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_little_endian_and_need_no_alignment),
		cmocka_unit_test(members_are_ordered_by_address_then_port),
		cmocka_unit_test(addresses_are_written_as_usual),
		cmocka_unit_test(lists_of_nodes_come_back_in_any_length),
		cmocka_unit_test(a_list_longer_than_its_bytes_is_refused),
		cmocka_unit_test(cluster_info_comes_back_whole_and_cut),
		cmocka_unit_test(cluster_info_with_too_many_nodes_is_refused),
		cmocka_unit_test(a_full_store_name_needs_no_nul),
		cmocka_unit_test(epochs_come_back_and_odd_lengths_are_refused),
		cmocka_unit_test(disks_come_back),
		cmocka_unit_test(states_of_recovery_come_back),
		cmocka_unit_test(throttling_comes_back),
		cmocka_unit_test(counters_stand_in_the_order_of_the_spec),
	};

	return cmocka_run_group_tests_name("wire: records", tests, NULL, NULL);
}
