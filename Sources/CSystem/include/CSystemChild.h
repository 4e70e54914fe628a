#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What a child may use. Zero leaves a limit as it is.
struct headrace_child_limits {
  uint64_t address_space;
  uint64_t cpu_soft, cpu_hard;
  uint64_t file_size;
  uint64_t descriptors;
};

/// A child to start: its program, arguments, environment, folder, standard descriptors and rights.
struct headrace_child {
  const char *path;
  char *const *arguments;
  char *const *environment;
  const char *folder;
  int input, output, errors;
  /// Whether to give up root for `user` and `group`, and all supplementary groups.
  bool drop;
  uint32_t user, group;
  /// Whether nothing that it starts may gain rights by a set-user-id bit.
  bool no_new_rights;
  struct headrace_child_limits limits;
};

/// Starts a child in a session and process group of its own, with these limits, no descriptor but its three, default
/// signals, no core file, and its death arranged for when the calling thread ends. Returns 0 with `process` and a
/// close-on-exec `handle` (a pidfd), or an errno.
int headrace_spawn(const struct headrace_child *child, int *process, int *handle);

/// A file without a name, in memory, sealed against any change after `headrace_memory_file_seal`; -1 with errno.
int headrace_memory_file(void);
int headrace_memory_file_seal(int descriptor);

/// The arguments this program was started with. Swift's own list comes from /proc, which a sandbox may not have.
char *const *headrace_arguments(int *count);

/// A pipe whose ends are close-on-exec; -1 with errno.
int headrace_pipe(int ends[2]);
