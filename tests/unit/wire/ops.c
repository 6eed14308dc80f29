#include "tests.h"

#include <stdio.h>
#include <string.h>

#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/driver.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/peer.h"
#include "wire/ops.h"

/*
 * The master table of wire-protocols 4.2, in its own words: opcode, name, sub-protocol (the first
 * one named; "-" obsolete), class, accepted while waiting, logged.
 */
static const char *const master[] = {
	"01 CREATE_AND_WRITE_OBJ F G . .",
	"02 READ_OBJ F G . .",
	"03 WRITE_OBJ F G . .",
	"04 REMOVE_OBJ F G . .",
	"05 DISCARD_OBJ F L . .",
	"11 NEW_VDI F Cb . y",
	"12 LOCK_VDI F Cb . .",
	"13 RELEASE_VDI F Cb . .",
	"14 GET_VDI_INFO F Cb . .",
	"15 READ_VDIS F L y .",
	"16 FLUSH_VDI F L . .",
	"17 DEL_VDI F Cb . y",
	"18 GET_CLUSTER_DEFAULT F L y .",
	"82 GET_NODE_LIST A L y .",
	"84 MAKE_FS A Cn y y",
	"85 SHUTDOWN A Cn y y",
	"86 STAT_SHEEP A L . .",
	"87 STAT_CLUSTER A L y .",
	"89 GET_VDI_ATTR A Cb . .",
	"8a FORCE_RECOVER A Cb y y",
	"90 GET_STORE_LIST A L y .",
	"91 SNAPSHOT - none . .",
	"92 RESTORE - none . .",
	"93 GET_SNAP_FILE - none . .",
	"94 CLEANUP A Cn y .",
	"95 TRACE_STATUS A L y .",
	"96 TRACE_READ_BUF A L y .",
	"97 STAT_RECOVERY A L . .",
	"98 FLUSH_DEL_CACHE - L . .",
	"99 NOTIFY_VDI_DEL C Cn y .",
	"9a KILL_NODE A L y y",
	"9b TRACE_ENABLE A L y .",
	"9c TRACE_DISABLE A L y .",
	"a1 GET_OBJ_LIST P L . .",
	"a2 GET_EPOCH P L . .",
	"a3 CREATE_AND_WRITE_PEER P P . .",
	"a4 READ_PEER P P . .",
	"a5 WRITE_PEER P P . .",
	"a6 REMOVE_PEER P P . .",
	"a8 ENABLE_RECOVER A Cn . y",
	"a9 DISABLE_RECOVER A Cn . y",
	"ab GET_VDI_COPIES P L y .",
	"ac COMPLETE_RECOVERY C Cn y .",
	"ad FLUSH_NODES - none . .",
	"ae FLUSH_PEER - none . .",
	"af NOTIFY_VDI_ADD C Cn y .",
	"b0 DELETE_CACHE - Cn . .",
	"b1 MD_INFO A L . .",
	"b2 MD_PLUG A L . y",
	"b3 MD_UNPLUG A L . y",
	"b4 GET_HASH P L . .",
	"b5 REWEIGHT A Cn . y",
	"b6 GET_CACHE_INFO - none . .",
	"b7 CACHE_PURGE - none . .",
	"b8 STAT A L . .",
	"b9 GET_LOGLEVEL A L y .",
	"ba SET_LOGLEVEL A L y .",
	"bb NFS_CREATE A none . .",
	"bc NFS_DELETE A none . .",
	"bd EXIST A L y .",
	"be CLUSTER_INFO A L y .",
	"bf ALTER_CLUSTER_COPY A Cn . y",
	"c0 ALTER_VDI_COPY A Cn . y",
	"c1 DECREF_OBJ P G . .",
	"c2 DECREF_PEER P P . .",
	"c3 PREVENT_INODE_UPDATE - none . .",
	"c4 ALLOW_INODE_UPDATE - none . .",
	"c5 REPAIR_REPLICA A L . .",
	"c6 OIDS_EXIST A L y .",
	"c7 VDI_STATE_CHECKPOINT_CTL P L . .",
	"c8 INODE_COHERENCE C Cn . .",
	"c9 READ_DEL_VDIS A L y .",
	"ca GET_RECOVERY A L y .",
	"cb SET_RECOVERY A L y .",
	"cc SET_VNODES A L . .",
	"cd GET_VNODES P L . .",
	/* our own */
	"f0 CAN_SPEAK P L y .",
	"f1 SET_LEVEL A Cb y y",
};

static const char *const class_names[] = {
	[OP_NONE] = "none", [OP_GATEWAY] = "G",		[OP_PEER] = "P",
	[OP_LOCAL] = "L",   [OP_CLUSTER_NOTIFY] = "Cn", [OP_CLUSTER_BLOCK] = "Cb",
};

static const char protocol_letters[] = {
	[PROTOCOL_FRONTEND] = 'F',
	[PROTOCOL_PEER] = 'P',
	[PROTOCOL_DRIVER] = 'C',
	[PROTOCOL_ADMIN] = 'A',
};

static void the_tables_say_what_the_master_table_says(void **state)
{
	size_t known = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(master) / sizeof(master[0]); i++) {
		char line[80], protocol[4];
		const struct op_info *info;
		unsigned int opcode;

		assert_int_equal(sscanf(master[i], "%x %*s %3s", &opcode, protocol), 2);
		info = op_info((uint8_t)opcode);
		assert_non_null(info);
		/* Obsolete operations stand in the list of whoever used them. */
		snprintf(line, sizeof(line), "%02x %s %c %s %c %c", info->opcode, info->name,
			 protocol[0] == '-' ? '-' : protocol_letters[info->protocol],
			 class_names[info->class], info->force ? 'y' : '.', info->log ? 'y' : '.');
		assert_string_equal(line, master[i]);
	}
	for (int opcode = 0; opcode < 256; opcode++)
		known += op_info((uint8_t)opcode) != NULL;
	assert_int_equal(known, sizeof(master) / sizeof(master[0]));
}

/* What releases have brought and taken: some of each step of versions.md 4. */
static void the_tables_say_which_release_has_what(void **state)
{
	static const struct {
		uint8_t opcode;
		enum sd_release since, until;
	} known[] = {
		{SD_OP_READ_OBJ, SD_RELEASE_0_3, SD_RELEASE_NOW},
		{SD_OP_GET_VDI_COPIES, SD_RELEASE_0_5, SD_RELEASE_NOW},
		{SD_OP_NOTIFY_VDI_ADD, SD_RELEASE_0_5_5, SD_RELEASE_NOW},
		{SD_OP_DELETE_CACHE, SD_RELEASE_0_5_6, SD_RELEASE_1_0},
		{SD_OP_GET_HASH, SD_RELEASE_0_6, SD_RELEASE_NOW},
		{SD_OP_FLUSH_PEER, SD_RELEASE_0_5, SD_RELEASE_0_6},
		{SD_OP_TRACE_ENABLE, SD_RELEASE_0_7, SD_RELEASE_NOW},
		{SD_OP_GET_LOGLEVEL, SD_RELEASE_0_7_6, SD_RELEASE_NOW},
		{SD_OP_STAT, SD_RELEASE_0_8, SD_RELEASE_NOW},
		{SD_OP_INODE_COHERENCE, SD_RELEASE_0_9, SD_RELEASE_NOW},
		{SD_OP_SET_RECOVERY, SD_RELEASE_0_9_3, SD_RELEASE_NOW},
		{SD_OP_CACHE_PURGE, SD_RELEASE_0_8, SD_RELEASE_1_0},
		{SD_OP_GET_VNODES, SD_RELEASE_1_0, SD_RELEASE_NOW},
		{SD_OP_SET_LEVEL, SD_RELEASE_OURS, SD_RELEASE_NOW},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const struct op_info *info = op_info(known[i].opcode);

		assert_int_equal(info->since, known[i].since);
		assert_int_equal(info->until, known[i].until);
	}
	for (int opcode = 0; opcode < 256; opcode++) {
		const struct op_info *info = op_info((uint8_t)opcode);
		bool nfs = opcode == SD_OP_NFS_CREATE || opcode == SD_OP_NFS_DELETE;

		if (!info)
			continue;
		assert_true(info->since < info->until);
		/* What is answered as unknown is obsolete, but for what another build has. */
		assert_true(info->class != OP_NONE || info->until != SD_RELEASE_NOW || nfs);
	}
}

static void payloads_have_their_shapes(void **state)
{
	(void)state;
	assert_int_equal(payload_shape(SD_OP_READ_OBJ, false), SHAPE_NONE);
	assert_int_equal(payload_shape(SD_OP_READ_OBJ, true), SHAPE_OBJECT);
	assert_int_equal(payload_shape(SD_OP_OIDS_EXIST, false), SHAPE_OIDS);
	assert_int_equal(payload_shape(SD_OP_OIDS_EXIST, true), SHAPE_OIDS);
	assert_int_equal(payload_shape(SD_OP_TRACE_READ_BUF, true), SHAPE_DATA);
	assert_int_equal(payload_shape(0x7f, true), SHAPE_DATA);
	assert_string_equal(shape_words(SHAPE_NUMBER), "i32");
	assert_string_equal(release_words(SD_RELEASE_0_5_6), "0.5.6");
	assert_string_equal(op_class_words(OP_LOCAL), "the receiver");
	assert_string_equal(variant_name(VARIANT_VDI_STATE), "vdi_state");
	assert_string_equal(variant_name(VARIANT_CLUSTER_DEFAULT), "cluster_default");
	assert_string_equal(variant_name(VARIANT_NONE), "none");
}

static void frontend_opcodes_are_those_below_0x80(void **state)
{
	(void)state;
	for (int opcode = 0; opcode < 256; opcode++) {
		const struct op_info *info = op_info((uint8_t)opcode);

		if (info)
			assert_int_equal(info->protocol == PROTOCOL_FRONTEND,
					 opcode < SD_OP_INTERNAL);
	}
}

static void operations_are_found_by_name(void **state)
{
	char buf[8];

	(void)state;
	assert_int_equal(op_by_name("WRITE_PEER"), SD_OP_WRITE_PEER);
	assert_int_equal(op_by_name("CREATE_AND_WRITE_OBJ"), SD_OP_CREATE_AND_WRITE_OBJ);
	assert_int_equal(op_by_name("WRITE"), -1);
	assert_int_equal(op_by_name(""), -1);
	assert_string_equal(op_name(SD_OP_DEL_VDI, buf), "DEL_VDI");
	assert_string_equal(op_name(0x7f, buf), "0x7f");
	assert_string_equal(op_name(0xff, buf), "0xff");
}

static void results_have_their_numbers(void **state)
{
	char buf[12];

	(void)state;
	assert_string_equal(result_name(SD_RES_SUCCESS, buf), "SUCCESS");
	assert_string_equal(result_name(0x1d, buf), "INODE_INVALIDATED");
	assert_string_equal(result_name(0x81, buf), "OLD_NODE_VER");
	assert_string_equal(result_name(0x99, buf), "NO_CHECKPOINT_ENTRY");
	assert_string_equal(result_name(0x1b, buf), "0x1b");
	assert_string_equal(result_name(0x96, buf), "0x96");
	assert_string_equal(result_name(0x100, buf), "0x100");
	assert_string_equal(result_name(0xffffffff, buf), "0xffffffff");
}

static void flags_are_joined_and_the_opcode_decides(void **state)
{
	char buf[96];

	(void)state;
	assert_string_equal(flags_text(SD_OP_READ_OBJ, 0, buf), "");
	assert_string_equal(flags_text(SD_OP_WRITE_OBJ, 0x0003, buf), "WRITE|COW");
	assert_string_equal(flags_text(SD_OP_READ_PEER, 0x0180, buf), "RECOVERY|WILDCARD");
	assert_string_equal(flags_text(SD_OP_GET_VDI_ATTR, 0x0701, buf), "WRITE|CREAT|EXCL|DEL");
	assert_string_equal(flags_text(SD_OP_READ_OBJ, 0x0200, buf), "0x200");
	assert_string_equal(flags_text(SD_OP_READ_OBJ, 0xffff, buf),
			    "WRITE|COW|CACHE|DIRECT|PIGGYBACK|TGT|FWD|RECOVERY|WILDCARD|0xfe00");
	assert_string_equal(cluster_flags_text(0x0009, buf), "STRICT|USE_LOCK");
	assert_string_equal(
		cluster_flags_text(0xffff, buf),
		"STRICT|DISKMODE|AUTO_VNODES|USE_LOCK|RECYCLE_VID|AVOID_DISKFULL|0xffc0");
}

static void protocols_have_names(void **state)
{
	(void)state;
	assert_string_equal(protocol_name(PROTOCOL_NONE), "none");
	assert_string_equal(protocol_name(PROTOCOL_FRONTEND), "frontend");
	assert_string_equal(protocol_name(PROTOCOL_PEER), "peer");
	assert_string_equal(protocol_name(PROTOCOL_DRIVER), "driver");
	assert_string_equal(protocol_name(PROTOCOL_ADMIN), "admin");
}

int ops_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tables_say_what_the_master_table_says),
		cmocka_unit_test(the_tables_say_which_release_has_what),
		cmocka_unit_test(payloads_have_their_shapes),
		cmocka_unit_test(frontend_opcodes_are_those_below_0x80),
		cmocka_unit_test(operations_are_found_by_name),
		cmocka_unit_test(results_have_their_numbers),
		cmocka_unit_test(flags_are_joined_and_the_opcode_decides),
		cmocka_unit_test(protocols_have_names),
	};

	return cmocka_run_group_tests_name("wire: operations", tests, NULL, NULL);
}
