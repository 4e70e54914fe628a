#pragma once
#include <stddef.h>
#include <stdint.h>

#include "CSystemChild.h"
#include "CRC32C.h"
#include "Sockets.h"

/// Names the calling thread (at most 15 bytes are kept).
void headrace_set_thread_name(const char *name);

/// A non-blocking, close-on-exec eventfd(2), or -1 with errno.
int headrace_eventfd(void);

/// Blocks SIGPIPE in the calling thread: sendfile(2) has no flag against it.
void headrace_block_sigpipe(void);
