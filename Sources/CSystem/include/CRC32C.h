#pragma once
#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli) of `length` bytes, continuing from `seed` (0 for a new one; the result of an earlier call
/// to go on). Uses the processor's instruction where there is one.
uint32_t headrace_crc32c(uint32_t seed, const void *bytes, size_t length);

/// The same by tables alone: what runs where the processor has no instruction for it (tests compare the two).
uint32_t headrace_crc32c_portable(uint32_t seed, const void *bytes, size_t length);
