#include "CRC32C.h"

#include <pthread.h>
#include <string.h>

// Reflected Castagnoli polynomial.
#define POLYNOMIAL 0x82f63b78u
// One lane of the three that the instruction works on at a time: its latency is three cycles, its throughput one.
#define LANE 4096u

static pthread_once_t once = PTHREAD_ONCE_INIT;
static uint32_t slices[8][256];
// slide[k][b]: what byte k of a checksum, holding b, becomes after LANE more zero bytes.
static uint32_t slide[4][256];
static int has_instruction;

// A 32 x 32 matrix over GF(2), one column a bit, applied to a vector.
static uint32_t apply(const uint32_t matrix[32], uint32_t vector) {
  uint32_t sum = 0;
  for (int bit = 0; vector; bit++, vector >>= 1)
    if (vector & 1) sum ^= matrix[bit];
  return sum;
}

static void prepare(void) {
  for (uint32_t value = 0; value < 256; value++) {
    uint32_t crc = value;
    for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ POLYNOMIAL : crc >> 1;
    slices[0][value] = crc;
  }
  for (uint32_t value = 0; value < 256; value++)
    for (int slice = 1; slice < 8; slice++)
      slices[slice][value] = slices[0][slices[slice - 1][value] & 0xff] ^ (slices[slice - 1][value] >> 8);

  // The matrix of one zero byte, squared until it stands for LANE of them.
  uint32_t matrix[32], squared[32];
  for (int bit = 0; bit < 32; bit++) {
    uint32_t vector = 1u << bit;
    matrix[bit] = slices[0][vector & 0xff] ^ (vector >> 8);
  }
  for (uint32_t bytes = 1; bytes < LANE; bytes *= 2) {
    for (int bit = 0; bit < 32; bit++) squared[bit] = apply(matrix, matrix[bit]);
    memcpy(matrix, squared, sizeof matrix);
  }
  for (int byte = 0; byte < 4; byte++)
    for (uint32_t value = 0; value < 256; value++) slide[byte][value] = apply(matrix, value << (8 * byte));

#if defined(__x86_64__)
  __builtin_cpu_init();
  has_instruction = __builtin_cpu_supports("sse4.2");
#endif
}

static inline uint64_t load64(const uint8_t *bytes) {
  uint64_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

static uint32_t by_tables(uint32_t crc, const uint8_t *bytes, size_t length) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  while (length >= 8) {
    uint64_t word = load64(bytes) ^ crc;
    crc = slices[7][word & 0xff] ^ slices[6][(word >> 8) & 0xff] ^ slices[5][(word >> 16) & 0xff] ^
          slices[4][(word >> 24) & 0xff] ^ slices[3][(word >> 32) & 0xff] ^ slices[2][(word >> 40) & 0xff] ^
          slices[1][(word >> 48) & 0xff] ^ slices[0][word >> 56];
    bytes += 8;
    length -= 8;
  }
#endif
  while (length--) crc = slices[0][(crc ^ *bytes++) & 0xff] ^ (crc >> 8);
  return crc;
}

#if defined(__x86_64__)
static inline uint32_t slid(uint32_t crc) {
  return slide[0][crc & 0xff] ^ slide[1][(crc >> 8) & 0xff] ^ slide[2][(crc >> 16) & 0xff] ^ slide[3][crc >> 24];
}

__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t seed, const uint8_t *bytes, size_t length) {
  uint64_t crc = seed;
  while (length >= 3 * LANE) {
    uint64_t second = 0, third = 0;
    for (size_t at = 0; at < LANE; at += 8) {
      crc = __builtin_ia32_crc32di(crc, load64(bytes + at));
      second = __builtin_ia32_crc32di(second, load64(bytes + LANE + at));
      third = __builtin_ia32_crc32di(third, load64(bytes + 2 * LANE + at));
    }
    crc = slid((uint32_t)crc) ^ (uint32_t)second;
    crc = slid((uint32_t)crc) ^ (uint32_t)third;
    bytes += 3 * LANE;
    length -= 3 * LANE;
  }
  while (length >= 8) {
    crc = __builtin_ia32_crc32di(crc, load64(bytes));
    bytes += 8;
    length -= 8;
  }
  uint32_t rest = (uint32_t)crc;
  while (length--) rest = __builtin_ia32_crc32qi(rest, *bytes++);
  return rest;
}
#elif defined(__aarch64__)
#include <arm_acle.h>
#include <sys/auxv.h>
__attribute__((target("+crc"))) static uint32_t by_instruction(uint32_t crc, const uint8_t *bytes, size_t length) {
  while (length >= 8) {
    crc = __crc32cd(crc, load64(bytes));
    bytes += 8;
    length -= 8;
  }
  while (length--) crc = __crc32cb(crc, *bytes++);
  return crc;
}
#endif

uint32_t headrace_crc32c_portable(uint32_t seed, const void *bytes, size_t length) {
  pthread_once(&once, prepare);
  return ~by_tables(~seed, bytes, length);
}

uint32_t headrace_crc32c(uint32_t seed, const void *bytes, size_t length) {
  pthread_once(&once, prepare);
#if defined(__x86_64__)
  if (has_instruction) return ~by_instruction(~seed, bytes, length);
#elif defined(__aarch64__)
  if (getauxval(AT_HWCAP) & (1 << 7)) return ~by_instruction(~seed, bytes, length);
#endif
  return ~by_tables(~seed, bytes, length);
}
