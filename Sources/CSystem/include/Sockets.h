#pragma once

/// accept4(2) with SOCK_CLOEXEC, repeated when interrupted; -1 with errno.
int headrace_accept(int listener);
