/* What the processor runtime is measured against: the same work through librdkafka alone, and the two ends of a latency run.
 *
 *   twin fill BROKERS TOPIC RECORDS SIZE KEYS [zipf]           keys cycle, or follow Zipf's law with exponent 1
 *   twin process BROKERS IN OUT RECORDS COMMIT_MS              copy IN to OUT in transactions with the offsets; no order, no window
 *   twin latency BROKERS IN OUT RATE SECONDS [COMMIT_MS]       write IN at a rate, read OUT at read_committed; copy too with COMMIT_MS
 *
 * Prints one JSON line. `latency` without COMMIT_MS leaves the copying to another process that is running already.
 */
#include <librdkafka/rdkafka.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static int64_t monotonic(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static double cpu(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what, const char *why) {
  fprintf(stderr, "twin: %s: %s\n", what, why);
  exit(1);
}

static void check(const char *what, rd_kafka_error_t *error) {
  if (error) die(what, rd_kafka_error_string(error));
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
  char error[512];
  if (rd_kafka_conf_set(conf, name, value, error, sizeof error)) die(name, error);
}

static rd_kafka_t *client(rd_kafka_type_t type, const char *brokers, const char **properties) {
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  char error[512];
  set(conf, "bootstrap.servers", brokers);
  set(conf, "socket.nagle.disable", "true");
  for (; *properties; properties += 2) set(conf, properties[0], properties[1]);
  rd_kafka_t *rk = rd_kafka_new(type, conf, error, sizeof error);
  if (!rk) die("client", error);
  return rk;
}

static rd_kafka_t *consumer(const char *brokers, const char *group) {
  const char *properties[] = {"group.id", group, "enable.auto.commit", "false", "enable.auto.offset.store", "false",
    "auto.offset.reset", "earliest", "isolation.level", "read_committed", "queued.min.messages", "1000000",
    "queued.max.messages.kbytes", "32768", "fetch.max.bytes", "16777216", "check.crcs", "false", "log_level", "3", NULL};
  rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, brokers, properties);
  rd_kafka_poll_set_consumer(rk);
  return rk;
}

static void subscribe(rd_kafka_t *rk, const char *topic) {
  rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, topic, RD_KAFKA_PARTITION_UA);
  if (rd_kafka_subscribe(rk, topics)) die("subscribe", topic);
  rd_kafka_topic_partition_list_destroy(topics);
}

/* Reads all partitions of a topic from their present ends, without a group. */
static void tail(rd_kafka_t *rk, const char *topic) {
  const struct rd_kafka_metadata *metadata;
  rd_kafka_topic_t *handle = rd_kafka_topic_new(rk, topic, NULL);
  if (rd_kafka_metadata(rk, 0, handle, &metadata, 10000) || metadata->topic_cnt != 1) die("metadata", topic);
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(8);
  for (int i = 0; i < metadata->topics[0].partition_cnt; i++) {
    int64_t low, high;
    if (rd_kafka_query_watermark_offsets(rk, topic, i, &low, &high, 10000)) die("watermarks", topic);
    rd_kafka_topic_partition_list_add(list, topic, i)->offset = high;
  }
  if (rd_kafka_assign(rk, list)) die("assign", topic);
  rd_kafka_topic_partition_list_destroy(list);
  rd_kafka_metadata_destroy(metadata);
  rd_kafka_topic_destroy(handle);
}

/* Fills a topic. */

static double uniform(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return (*state >> 11) / 9007199254740992.0;
}

static void fill(const char *brokers, const char *topic, long records, long size, long keys, int is_zipf) {
  const char *properties[] = {"enable.idempotence", "true", "linger.ms", "20", "partitioner", "murmur2_random",
    "queue.buffering.max.messages", "200000", "log_level", "3", NULL};
  rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, brokers, properties);
  rd_kafka_topic_t *handle = rd_kafka_topic_new(rk, topic, NULL);
  char *value = malloc(size), key[32];
  memset(value, 'x', size);
  double *sums = malloc(keys * sizeof *sums), sum = 0;
  for (long k = 0; k < keys; k++) sums[k] = sum += is_zipf ? 1.0 / (k + 1) : 1.0;
  uint64_t seed = 7;
  for (long i = 0; i < records; i++) {
    long k = i % keys;
    if (is_zipf) {
      double at = uniform(&seed) * sum;
      long low = 0, high = keys - 1;
      while (low < high) {
        long middle = (low + high) / 2;
        if (sums[middle] < at) low = middle + 1; else high = middle;
      }
      k = low;
    }
    int length = snprintf(key, sizeof key, "key-%ld", k);
    while (rd_kafka_produce(handle, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, value, size, key, length, NULL)) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) die("produce", topic);
      rd_kafka_poll(rk, 10);
    }
    if (i % 1000 == 0) rd_kafka_poll(rk, 0);
  }
  if (rd_kafka_flush(rk, 60000)) die("flush", topic);
  rd_kafka_topic_destroy(handle);
  rd_kafka_destroy(rk);
  printf("{\"case\":\"twin.fill\",\"records\":%ld}\n", records);
}

/* Copies in transactions. */

struct copy {
  const char *brokers, *in, *out;
  long records, done;
  int commit_ms;
  volatile int stops;
  int64_t first, last;
  double cpu_first;
  long transactions;
};

static void run_copy(struct copy *copy) {
  char group[64], id[80];
  snprintf(group, sizeof group, "twin-%d-%lld", getpid(), (long long)monotonic());
  snprintf(id, sizeof id, "%s-txn", group);
  rd_kafka_t *in = consumer(copy->brokers, group);
  const char *properties[] = {"transactional.id", id, "linger.ms", copy->commit_ms < 50 ? "0" : "5", "partitioner",
    "murmur2_random", "queue.buffering.max.messages", "200000", "log_level", "3", NULL};
  rd_kafka_t *out = client(RD_KAFKA_PRODUCER, copy->brokers, properties);
  check("init", rd_kafka_init_transactions(out, 30000));
  rd_kafka_topic_t *topic = rd_kafka_topic_new(out, copy->out, NULL);
  subscribe(in, copy->in);
  int64_t began = 0;
  long open = 0;
  int64_t next[64];
  memset(next, 0xff, sizeof next);
  while (!copy->stops && copy->done + open < copy->records) {
    int wait = 100;
    if (open) {
      int64_t left = began + copy->commit_ms * 1000000LL - monotonic();
      wait = left > 0 ? (int)((left + 999999) / 1000000) : 0;
    }
    rd_kafka_message_t *message = rd_kafka_consumer_poll(in, wait);
    if (message && !message->err) {
      if (!copy->first) {
        copy->first = monotonic();
        copy->cpu_first = cpu();
      }
      if (!open) {
        check("begin", rd_kafka_begin_transaction(out));
        /* As the runtime does: a commit is due an interval after the one before began, or at once. */
        if (monotonic() - began > copy->commit_ms * 1000000LL) began = monotonic() - copy->commit_ms * 1000000LL;
      }
      while (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, message->payload, message->len,
                              message->key, message->key_len, NULL)) {
        if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) die("produce", copy->out);
        rd_kafka_poll(out, 10);
      }
      if (++open % 1000 == 0) rd_kafka_poll(out, 0);
      next[message->partition] = message->offset + 1;
    }
    /* What is there already joins the transaction that is due. */
    int is_more = message && open < 1000;
    if (message) rd_kafka_message_destroy(message);
    if (open && ((monotonic() - began >= copy->commit_ms * 1000000LL && !is_more) || copy->done + open >= copy->records)) {
      rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(8);
      for (int i = 0; i < 64; i++)
        if (next[i] >= 0) rd_kafka_topic_partition_list_add(list, copy->in, i)->offset = next[i];
      memset(next, 0xff, sizeof next);
      rd_kafka_consumer_group_metadata_t *metadata = rd_kafka_consumer_group_metadata(in);
      began = monotonic();
      check("offsets", rd_kafka_send_offsets_to_transaction(out, list, metadata, 30000));
      check("commit", rd_kafka_commit_transaction(out, 30000));
      rd_kafka_consumer_group_metadata_destroy(metadata);
      rd_kafka_topic_partition_list_destroy(list);
      copy->done += open;
      copy->transactions++;
      copy->last = monotonic();
      open = 0;
    }
  }
  rd_kafka_topic_destroy(topic);
  rd_kafka_consumer_close(in);
  rd_kafka_destroy(in);
  rd_kafka_destroy(out);
}

static void *copying(void *copy) {
  run_copy(copy);
  return NULL;
}

static void process(const char *brokers, const char *in, const char *out, long records, int commit_ms) {
  struct copy copy = {.brokers = brokers, .in = in, .out = out, .records = records, .commit_ms = commit_ms};
  run_copy(&copy);
  double seconds = (copy.last - copy.first) / 1e9, used = cpu() - copy.cpu_first;
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("{\"case\":\"twin.process\",\"records\":%ld,\"seconds\":%.3f,\"perSecond\":%.1f,\"cpuSeconds\":%.3f,"
         "\"commits\":%ld,\"maxMemoryBytes\":%ld}\n",
         copy.done, seconds, copy.done / seconds, used, copy.transactions, usage.ru_maxrss * 1024);
}

/* Latency: from the call that writes a record to its copy in a read_committed reader's hand. */

struct feed {
  const char *brokers, *topic;
  double rate, seconds;
  long count;
};

static void *feeding(void *argument) {
  struct feed *feed = argument;
  const char *properties[] = {"acks", "all", "linger.ms", "0", "partitioner", "murmur2_random", "log_level", "3", NULL};
  rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, feed->brokers, properties);
  rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, feed->topic, NULL);
  char value[1024], key[32];
  memset(value, 'x', sizeof value);
  int64_t start = monotonic();
  for (long i = 0; i < feed->count; i++) {
    int64_t due = start + (int64_t)(i / feed->rate * 1e9);
    while (monotonic() < due) {
      int64_t left = due - monotonic();
      if (left > 0) usleep(left / 1000 + 1);
    }
    int length = snprintf(key, sizeof key, "key-%ld", i % 1000);
    int64_t now = monotonic();
    memcpy(value, &now, sizeof now);
    memcpy(value + sizeof now, &i, sizeof i);
    if (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, value, sizeof value, key, length, NULL))
      die("produce", feed->topic);
    rd_kafka_poll(rk, 0);
  }
  rd_kafka_flush(rk, 30000);
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(rk);
  return NULL;
}

static int ascending(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return x < y ? -1 : x > y;
}

static void latency(const char *brokers, const char *in, const char *out, double rate, double seconds, int commit_ms) {
  const long warm = (long)(rate * 2), count = (long)(rate * seconds) + warm;
  struct copy copy = {.brokers = brokers, .in = in, .out = out, .records = 1L << 60, .commit_ms = commit_ms};
  pthread_t copier, feeder;
  rd_kafka_t *rk = consumer(brokers, "twin-reader");
  tail(rk, out);
  if (commit_ms && pthread_create(&copier, NULL, copying, &copy)) die("thread", "copier");
  if (commit_ms) sleep(5);
  struct feed feed = {.brokers = brokers, .topic = in, .rate = rate, .seconds = seconds, .count = count};
  if (pthread_create(&feeder, NULL, feeding, &feed)) die("thread", "feeder");
  int64_t *times = calloc(count, sizeof *times), quiet = monotonic();
  long seen = 0, twice = 0;
  while (seen < count && monotonic() - quiet < 20000000000LL) {
    rd_kafka_message_t *message = rd_kafka_consumer_poll(rk, 100);
    if (message && !message->err && message->len == 1024) {
      int64_t at, number, now = monotonic();
      memcpy(&at, message->payload, sizeof at);
      memcpy(&number, (char *)message->payload + sizeof at, sizeof number);
      if (number >= 0 && number < count) {
        if (times[number]) twice++; else seen++;
        times[number] = now - at;
      }
      quiet = now;
    }
    if (message) rd_kafka_message_destroy(message);
  }
  pthread_join(feeder, NULL);
  copy.stops = 1;
  if (commit_ms) pthread_join(copier, NULL);
  rd_kafka_consumer_close(rk);
  rd_kafka_destroy(rk);
  /* The first two seconds are for caches, connections and a group that settles. */
  int64_t *measured = times + warm;
  long n = count - warm;
  qsort(measured, n, sizeof *measured, ascending);
  printf("{\"case\":\"%s\",\"records\":%ld,\"lost\":%ld,\"twice\":%ld,\"latencyMs\":{\"p50\":%.2f,\"p90\":%.2f,\"p99\":%.2f,"
         "\"max\":%.2f}}\n",
         commit_ms ? "twin.latency" : "latency", n, count - seen, twice, measured[n / 2] / 1e6, measured[n * 9 / 10] / 1e6,
         measured[n * 99 / 100] / 1e6, measured[n - 1] / 1e6);
}

int main(int count, char **arguments) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  const char *verb = count > 1 ? arguments[1] : "";
  if (!strcmp(verb, "fill") && count >= 7)
    fill(arguments[2], arguments[3], atol(arguments[4]), atol(arguments[5]), atol(arguments[6]), count > 7);
  else if (!strcmp(verb, "process") && count == 7)
    process(arguments[2], arguments[3], arguments[4], atol(arguments[5]), atoi(arguments[6]));
  else if (!strcmp(verb, "latency") && count >= 7)
    latency(arguments[2], arguments[3], arguments[4], atof(arguments[5]), atof(arguments[6]),
            count > 7 ? atoi(arguments[7]) : 0);
  else
    die("usage", "fill | process | latency; see the head of the source");
  return 0;
}
