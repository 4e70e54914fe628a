#define _GNU_SOURCE
#include "CSystemChild.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int set_limit(int resource, uint64_t soft, uint64_t hard) {
  if (soft == 0) return 0;
  struct rlimit limit = {soft, hard};
  // Never above what the parent itself may use.
  struct rlimit now;
  if (getrlimit(resource, &now) == 0 && now.rlim_max != RLIM_INFINITY) {
    if (limit.rlim_max > now.rlim_max) limit.rlim_max = now.rlim_max;
    if (limit.rlim_cur > limit.rlim_max) limit.rlim_cur = limit.rlim_max;
  }
  return setrlimit(resource, &limit);
}

// Runs in the child, which shares the parent's memory until it executes: it calls nothing but the kernel, and changes
// its rights by raw calls, since glibc's own would signal the parent's threads.
static int become(const struct headrace_child *child, const sigset_t *mask) {
  if (setsid() < 0) return errno;
  struct sigaction standard;
  for (int i = 1; i < 65; i++) {
    if (i == SIGKILL || i == SIGSTOP) continue;
    if (sigaction(i, NULL, &standard) != 0 || standard.sa_handler == SIG_DFL) continue;
    standard.sa_handler = SIG_DFL;
    standard.sa_flags = 0;
    sigaction(i, &standard, NULL);
  }
  // Out of the way first, so that no copy overwrites a descriptor that is still to be copied.
  int files[3] = {child->input, child->output, child->errors};
  for (int i = 0; i < 3; i++) {
    files[i] = fcntl(files[i], F_DUPFD_CLOEXEC, 10);
    if (files[i] < 0) return errno;
  }
  for (int i = 0; i < 3; i++)
    if (dup2(files[i], i) < 0) return errno;
  if (syscall(SYS_close_range, 3u, ~0u, 0u) != 0) return errno;
  const struct headrace_child_limits *limits = &child->limits;
  if (set_limit(RLIMIT_AS, limits->address_space, limits->address_space) != 0) return errno;
  if (set_limit(RLIMIT_CPU, limits->cpu_soft, limits->cpu_hard) != 0) return errno;
  if (set_limit(RLIMIT_FSIZE, limits->file_size, limits->file_size) != 0) return errno;
  if (set_limit(RLIMIT_NOFILE, limits->descriptors, limits->descriptors) != 0) return errno;
  struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) return errno;
  if (child->drop) {
    if (syscall(SYS_setgroups, 0, NULL) != 0) return errno;
    if (syscall(SYS_setresgid, child->group, child->group, child->group) != 0) return errno;
    if (syscall(SYS_setresuid, child->user, child->user, child->user) != 0) return errno;
  }
  if (child->folder != NULL && chdir(child->folder) != 0) return errno;
  if (child->no_new_rights && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return errno;
  if (sigprocmask(SIG_SETMASK, mask, NULL) != 0) return errno;
  execve(child->path, child->arguments, child->environment);
  return errno;
}

int headrace_spawn(const struct headrace_child *child, int *process, int *handle) {
  sigset_t all, before, none;
  sigfillset(&all);
  sigemptyset(&none);
  // No handler of the parent may run in the child while both share memory.
  pthread_sigmask(SIG_SETMASK, &all, &before);
  volatile int failure = 0;
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
  pid_t pid = vfork();
#pragma clang diagnostic pop
  if (pid == 0) {
    failure = become(child, &none);
    _exit(127);
  }
  int error = pid < 0 ? errno : failure;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (pid < 0) return error;
  if (error == 0) {
    *handle = (int)syscall(SYS_pidfd_open, pid, 0u);
    if (*handle >= 0) {
      *process = pid;
      return 0;
    }
    error = errno;
    kill(pid, SIGKILL);
  }
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
  }
  return error;
}

static int argument_count;
static char *const *argument_list;

// glibc hands the arguments to constructors.
__attribute__((constructor)) static void keep_arguments(int count, char **list, char **environment) {
  (void)environment;
  argument_count = count;
  argument_list = list;
}

char *const *headrace_arguments(int *count) {
  *count = argument_count;
  return argument_list;
}

int headrace_memory_file(void) { return memfd_create("headrace", MFD_CLOEXEC | MFD_ALLOW_SEALING); }

int headrace_memory_file_seal(int descriptor) {
  return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
}

int headrace_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }
