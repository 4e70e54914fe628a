#pragma once
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Up to three languages of a UTF-8 text, as CLD2 sees them (codes as CLD2 names them, at most 15 bytes and a NUL).
/// Returns how many were found. `valid_prefix` is the length of the text's valid UTF-8 prefix.
int headrace_detect_languages(
    const char *utf8, size_t length, const char *hint,
    char codes[3][16], int percents[3], bool *reliable, size_t *valid_prefix);

#ifdef __cplusplus
}
#endif
