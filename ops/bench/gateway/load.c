// Sends HTTP/1.1 requests over kept connections and prints one JSON object.
//   load -p PORT [-c CONNECTIONS] [-r PER_SECOND] [-d SECONDS] [-m METHOD] [-b BODY_FILE] [-t TYPE] [-H FIELD] [-s STATUS] PATH
// With -r the sends are scheduled, and latency counts from the scheduled time: a server that stalls is charged for
// everyone who had to wait, not for the one request that was in flight. Without -r every connection sends as soon as
// it has its answer. Answers of another status than STATUS (any 2xx where it is not given) count as errors.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct {
  int fd;
  int busy;
  uint64_t since;
  size_t sent;
  char head[8192];
  size_t got;
  long left;  // bytes of the answer's body that are still to come; -1 while the head is not whole
} connection;

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static char *request;
static size_t request_length;
static uint32_t *latencies;
static size_t answered, errors, capacity;
static int wanted;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void push(connection *c) {
  while (c->sent < request_length) {
    ssize_t n = send(c->fd, request + c->sent, request_length - c->sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) die("send");
    c->sent += (size_t)n;
  }
}

static void start(connection *c, uint64_t since) {
  c->busy = 1;
  c->since = since;
  c->sent = 0;
  c->got = 0;
  c->left = -1;
  push(c);
}

// Returns 1 when the answer is whole.
static int take(connection *c) {
  for (;;) {
    ssize_t n;
    if (c->left < 0) {
      n = recv(c->fd, c->head + c->got, sizeof c->head - 1 - c->got, 0);
    } else {
      char sink[65536];
      n = recv(c->fd, sink, sizeof sink, 0);
    }
    if (n < 0 && errno == EAGAIN) return 0;
    if (n <= 0) {
      fprintf(stderr, "the server closed a connection\n");
      exit(1);
    }
    if (c->left >= 0) {
      c->left -= n;
    } else {
      c->got += (size_t)n;
      c->head[c->got] = 0;
      char *end = strstr(c->head, "\r\n\r\n");
      if (!end) continue;
      char *length = strcasestr(c->head, "\r\ncontent-length:");
      long body = length && length < end ? atol(length + 17) : 0;
      if (wanted ? atoi(c->head + 9) != wanted : c->head[9] != '2') errors++;
      c->left = body - (long)(c->got - (size_t)(end + 4 - c->head));
    }
    if (c->left == 0) return 1;
  }
}

static void note(uint64_t since) {
  if (answered < capacity) latencies[answered] = (uint32_t)((now_ns() - since) / 1000);
  answered++;
}

static int by_size(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
  int port = 8080, count = 64, option;
  double rate = 0, seconds = 10;
  const char *method = "GET", *body_file = NULL, *type = "text/plain", *field = NULL;
  while ((option = getopt(argc, argv, "p:c:r:d:m:b:t:H:s:")) != -1) {
    switch (option) {
      case 'p': port = atoi(optarg); break;
      case 'c': count = atoi(optarg); break;
      case 'r': rate = atof(optarg); break;
      case 'd': seconds = atof(optarg); break;
      case 'm': method = optarg; break;
      case 'b': body_file = optarg; break;
      case 't': type = optarg; break;
      case 'H': field = optarg; break;
      case 's': wanted = atoi(optarg); break;
      default: return 2;
    }
  }
  if (optind >= argc) return 2;
  char *body = calloc(1, 1 << 20);
  size_t body_length = 0;
  if (body_file) {
    FILE *file = fopen(body_file, "rb");
    if (!file) die(body_file);
    body_length = fread(body, 1, 1 << 20, file);
    fclose(file);
  }
  request = malloc(4096 + body_length);
  int head = snprintf(request, 4096, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n", method, argv[optind], port);
  if (body_file) head += snprintf(request + head, 2048, "Content-Type: %s\r\nContent-Length: %zu\r\n", type, body_length);
  if (field) head += snprintf(request + head, 1024, "%s\r\n", field);
  head += snprintf(request + head, 16, "\r\n");
  memcpy(request + head, body, body_length);
  request_length = (size_t)head + body_length;

  capacity = 20u << 20;
  latencies = malloc(capacity * sizeof *latencies);
  connection *all = calloc((size_t)count, sizeof *all);
  int poll = epoll_create1(0);
  for (int i = 0; i < count; i++) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    all[i].fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(all[i].fd, (struct sockaddr *)&address, sizeof address) != 0) die("connect");
    int one = 1;
    setsockopt(all[i].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = &all[i]};
    // Non-blocking only now: connect was to wait.
    fcntl(all[i].fd, F_SETFL, O_NONBLOCK);
    if (epoll_ctl(poll, EPOLL_CTL_ADD, all[i].fd, &event) != 0) die("epoll");
  }
  uint64_t begin = now_ns(), stop = begin + (uint64_t)(seconds * 1e9), interval = rate > 0 ? (uint64_t)(1e9 / rate) : 0;
  uint64_t next = begin;
  int in_flight = 0;
  if (!interval)
    for (int i = 0; i < count; i++) {
      start(&all[i], now_ns());
      in_flight++;
    }
  while (now_ns() < stop || (in_flight > 0 && now_ns() < stop + 10000000000u)) {
    uint64_t now = now_ns();
    if (interval) {
      for (int i = 0; i < count && next <= now && next < stop; i++) {
        if (all[i].busy) continue;
        start(&all[i], next);
        in_flight++;
        next += interval;
      }
    }
    struct timespec wait = {0, 50000};
    if (interval && next > now && next - now < 50000) wait.tv_nsec = (long)(next - now);
    struct epoll_event events[256];
    int ready = epoll_pwait2(poll, events, 256, interval ? &wait : NULL, NULL);
    for (int i = 0; i < ready; i++) {
      connection *c = events[i].data.ptr;
      if (!c->busy) continue;
      if (events[i].events & EPOLLOUT) push(c);
      if (!take(c)) continue;
      note(c->since);
      c->busy = 0;
      in_flight--;
      if (!interval && now_ns() < stop) {
        start(c, now_ns());
        in_flight++;
      }
    }
  }
  double took = (double)(now_ns() - begin) / 1e9;
  size_t kept = answered < capacity ? answered : capacity;
  qsort(latencies, kept, sizeof *latencies, by_size);
#define AT(q) (kept ? (double)latencies[(size_t)((double)(kept - 1) * (q))] / 1000 : 0)
  printf("{\"requests\":%zu,\"errors\":%zu,\"unanswered\":%d,\"perSecond\":%.0f,\"p50Ms\":%.3f,\"p99Ms\":%.3f,\"maxMs\":%.3f}\n",
         answered, errors, in_flight, (double)answered / took, AT(0.5), AT(0.99), AT(1.0));
  return 0;
}
