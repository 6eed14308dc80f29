/*
 * What is not packets: captured conversations as text, messages as hexadecimal digits, files of
 * one structure or many.
 */
#ifndef SHEEPSIM_CLI_DECODE_TEXTS_H
#define SHEEPSIM_CLI_DECODE_TEXTS_H

#include "decode/book.h"
#include "decode/input.h"

/* A file in the vectors' format. False: error[] says what is wrong where. */
bool decode_vectors(struct book *book, const char *name, const char *content, char error[400]);

/* Hexadecimal digits: one message a line, if each line is at least a header; else one stream. > and
 * < before a line say that it is a request or an answer. */
bool decode_hex(struct book *book, const char *name, const char *content, char error[400]);

/* What is one structure, or a file of them: an inode object, what the cluster drivers leave. False:
 * it is none of these kinds, or (INPUT_ANY) its content does not tell. */
bool decode_structure(struct book *book, enum input_kind kind, const uint8_t *content, size_t len);

#endif
