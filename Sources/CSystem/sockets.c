#define _GNU_SOURCE
#include "Sockets.h"

#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>

int headrace_accept(int listener) {
  int descriptor;
  do descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  while (descriptor < 0 && errno == EINTR);
  return descriptor;
}
