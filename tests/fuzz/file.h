/*
 * Inputs as files: for readers that take a path.
 */
#ifndef TESTS_FUZZ_FILE_H
#define TESTS_FUZZ_FILE_H

#include "fuzz.h"

#define INPUT_PATH_MAX 64

/* Opens a file in memory with these bytes; close() it. path gets its name. */
int input_file(const void *bytes, size_t size, char path[INPUT_PATH_MAX]);

/* A reader's error begins with the path and, where it is of a line, that there is such a line. */
void check_file_error(const char *error, const char *path, const void *bytes, size_t size);

#endif
