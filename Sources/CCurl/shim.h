#pragma once
// What libcurl gives as variadic functions or macros, as functions that Swift can call. Nothing else.
#include <curl/curl.h>
#include <sys/epoll.h>

static inline CURLcode headrace_curl_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

static inline CURLcode headrace_curl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode headrace_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode headrace_curl_set_string(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode headrace_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode headrace_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(handle, option, value);
}

typedef size_t (*headrace_curl_data_function)(char *bytes, size_t size, size_t count, void *context);
typedef int (*headrace_curl_seek_function)(void *context, curl_off_t offset, int origin);

static inline CURLcode headrace_curl_set_write(CURL *handle, headrace_curl_data_function function, void *context) {
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
  return curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, function);
}
static inline CURLcode headrace_curl_set_header(CURL *handle, headrace_curl_data_function function, void *context) {
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, context);
  return curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, function);
}
static inline CURLcode headrace_curl_set_read(CURL *handle, headrace_curl_data_function function, void *context) {
  curl_easy_setopt(handle, CURLOPT_READDATA, context);
  return curl_easy_setopt(handle, CURLOPT_READFUNCTION, function);
}
static inline CURLcode headrace_curl_set_seek(CURL *handle, headrace_curl_seek_function function, void *context) {
  curl_easy_setopt(handle, CURLOPT_SEEKDATA, context);
  return curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, function);
}

typedef int (*headrace_curl_prerequest_function)(void *context, char *peer, char *local, int peer_port, int local_port);
static inline CURLcode headrace_curl_set_prerequest(
    CURL *handle, headrace_curl_prerequest_function function, void *context) {
  curl_easy_setopt(handle, CURLOPT_PREREQDATA, context);
  return curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, function);
}

static inline CURLcode headrace_curl_get_long(CURL *handle, CURLINFO info, long *value) {
  return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode headrace_curl_get_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
  return curl_easy_getinfo(handle, info, value);
}
static inline CURLMcode headrace_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}
typedef int (*headrace_curl_socket_function)(CURL *handle, curl_socket_t socket, int what, void *context, void *own);
typedef int (*headrace_curl_timer_function)(CURLM *multi, long milliseconds, void *context);
static inline CURLMcode headrace_curl_multi_set_socket(
    CURLM *multi, headrace_curl_socket_function function, void *context) {
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
  return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, function);
}
static inline CURLMcode headrace_curl_multi_set_timer(
    CURLM *multi, headrace_curl_timer_function function, void *context) {
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
  return curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, function);
}
static inline CURLcode headrace_curl_message_result(CURLMsg *message) { return message->data.result; }

static inline size_t headrace_curl_write_pause(void) { return CURL_WRITEFUNC_PAUSE; }
static inline size_t headrace_curl_read_pause(void) { return CURL_READFUNC_PAUSE; }
static inline size_t headrace_curl_read_abort(void) { return CURL_READFUNC_ABORT; }

// epoll's events hold a union, which Swift cannot touch safely: descriptors and flags as plain numbers.

/// Watches a descriptor for `events`, whether or not it was watched before.
static inline int headrace_epoll_watch(int poll, int descriptor, unsigned events) {
  struct epoll_event event = {.events = events, .data = {.fd = descriptor}};
  if (epoll_ctl(poll, EPOLL_CTL_MOD, descriptor, &event) == 0) return 0;
  return epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event);
}
static inline int headrace_epoll_forget(int poll, int descriptor) {
  return epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, NULL);
}
/// Fills at most 256 descriptors and what happened to them; returns how many, or -1.
static inline int headrace_epoll_wait(int poll, int *descriptors, unsigned *happened, int milliseconds) {
  struct epoll_event events[256];
  int count = epoll_wait(poll, events, 256, milliseconds);
  for (int index = 0; index < count; index++) {
    descriptors[index] = events[index].data.fd;
    happened[index] = events[index].events;
  }
  return count;
}
static inline int headrace_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }
