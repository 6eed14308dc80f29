/*
 * What is not packets: captured conversations as text, messages as hexadecimal digits, an inode.
 */
#ifndef SHEEPSIM_CLI_DECODE_TEXTS_H
#define SHEEPSIM_CLI_DECODE_TEXTS_H

#include "decode/book.h"

/* A file in the vectors' format. False: error[] says what is wrong where. */
bool decode_vectors(struct book *book, const char *name, const char *content, char error[400]);

/* Hexadecimal digits: one message a line, if each line is at least a header; else one stream. > and
 * < before a line say that it is a request or an answer. */
bool decode_hex(struct book *book, const char *name, const char *content, char error[400]);

/* The content of an inode object, as a node stores it. */
void decode_inode(struct book *book, const uint8_t *content, size_t len);

#endif
