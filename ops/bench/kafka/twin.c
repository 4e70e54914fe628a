/* What the Swift client is measured against: the same work through librdkafka alone, with the same settings.
 *
 *   twin produce BROKERS TOPIC RECORDS SIZE MODE [key=value]...      MODE: enqueue | enqueueBatch | sendBatch | send | sequential
 *   twin consume BROKERS TOPIC RECORDS MODE [key=value]...           MODE: batches | records | run
 *   twin latency BROKERS TOPIC RECORDS SIZE [key=value]...
 *
 * Prints one JSON line a figure, in the shape of `headrace bench`.
 */
#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static int64_t start_time;
static double start_cpu;
static void start(void) {
  start_time = monotonic();
  start_cpu = cpu();
}

static void rate(const char *name, const char *mode, long records, long size) {
  double seconds = (monotonic() - start_time) / 1e9, used = cpu() - start_cpu;
  printf("{\"case\":\"%s.%s\",\"value\":%.3f,\"unit\":\"records/s\",\"megabytesPerSecond\":%.3f,\"records\":%ld,"
         "\"size\":%ld,\"seconds\":%.3f,\"cpuSeconds\":%.3f,\"cpuMicrosecondsPerRecord\":%.3f}\n",
         name, mode, records / seconds, records * (double)size / seconds / 1e6, records, size, seconds, used,
         used / records * 1e6);
}

static int ascending(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return x < y ? -1 : x > y;
}

static void latency(const char *name, const char *mode, int64_t *values, long count, long size) {
  double seconds = (monotonic() - start_time) / 1e9, used = cpu() - start_cpu;
  qsort(values, count, sizeof *values, ascending);
  double p50 = values[count / 2] / 1e3, p90 = values[count * 9 / 10] / 1e3, p99 = values[count * 99 / 100] / 1e3;
  printf("{\"case\":\"%s.%s\",\"value\":%.3f,\"unit\":\"us\",\"p50\":%.3f,\"p90\":%.3f,\"p99\":%.3f,\"max\":%.3f,"
         "\"records\":%ld,\"size\":%ld,\"seconds\":%.3f,\"cpuSeconds\":%.3f,\"cpuMicrosecondsPerRecord\":%.3f}\n",
         name, mode, p50, p50, p90, p99, values[count - 1] / 1e3, count, size, seconds, used, used / count * 1e6);
}

static void die(const char *what, const char *why) {
  fprintf(stderr, "twin: %s: %s\n", what, why);
  exit(1);
}

static rd_kafka_conf_t *configuration(const char *brokers, char **extra) {
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  char error[512];
  const char *fixed[][2] = {{"bootstrap.servers", brokers}, {"socket.nagle.disable", "true"}};
  for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
    if (rd_kafka_conf_set(conf, fixed[i][0], fixed[i][1], error, sizeof error)) die("configuration", error);
  for (; *extra; extra++) {
    char *equals = strchr(*extra, '=');
    if (!equals) die("configuration", *extra);
    *equals = 0;
    if (rd_kafka_conf_set(conf, *extra, equals + 1, error, sizeof error)) die("configuration", error);
    *equals = '=';
  }
  return conf;
}

static rd_kafka_t *client(rd_kafka_type_t type, rd_kafka_conf_t *conf) {
  char error[512];
  rd_kafka_t *rk = rd_kafka_new(type, conf, error, sizeof error);
  if (!rk) die("client", error);
  return rk;
}

static void payload(char *value, long size) {
  for (long i = 0; i < size; i++) value[i] = 97 + (i * 7) % 26;
}

/* ---- producing ---- */

static long failed;
static _Atomic long delivered;

static void report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
  (void)rk, (void)opaque;
  if (message->err) failed++;
  delivered++;
  if (message->_private) *(int *)message->_private = 1;
}

static void produce_one(rd_kafka_t *rk, rd_kafka_topic_t *topic, char *value, long size, void *opaque) {
  while (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, value, size, NULL, 0, opaque)) {
    if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) die("produce", rd_kafka_err2str(rd_kafka_last_error()));
    rd_kafka_poll(rk, 1);
  }
}

static void produce(char **arguments) {
  const char *brokers = arguments[0], *name = arguments[1], *mode = arguments[4];
  long records = atol(arguments[2]), size = atol(arguments[3]);
  rd_kafka_conf_t *conf = configuration(brokers, arguments + 5);
  rd_kafka_conf_set_dr_msg_cb(conf, report);
  rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, conf);
  rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, name, NULL);
  const struct rd_kafka_metadata *metadata;
  if (rd_kafka_metadata(rk, 0, topic, &metadata, 10000)) die("metadata", name);
  rd_kafka_metadata_destroy(metadata);
  /* sendBatch: each of the batches under way has records of its own, as it has where tasks send them. */
  int batches = strcmp(mode, "sendBatch") ? 1 : 16;
  char *values = malloc(size * 1000 * batches), *value = values;
  for (int i = 0; i < 1000 * batches; i++) payload(values + i * size, size);
  int64_t *latencies = NULL;
  start();
  if (!strcmp(mode, "sequential")) {
    latencies = malloc(records * sizeof *latencies);
    for (long i = 0; i < records; i++) {
      int done = 0;
      memcpy(value, &i, sizeof i < (size_t)size ? sizeof i : (size_t)size);
      int64_t before = monotonic();
      produce_one(rk, topic, value, size, &done);
      while (!done) rd_kafka_poll(rk, 100);
      latencies[i] = monotonic() - before;
    }
  } else if (!strcmp(mode, "enqueueBatch") || !strcmp(mode, "sendBatch")) {
    records = records / 1000 * 1000;
    rd_kafka_message_t messages[1000];
    for (long batch = 0; batch < records / 1000; batch++) {
      int left = 1000;
      value = values + batch % batches * 1000 * size;
      memset(messages, 0, sizeof messages);
      for (int i = 0; i < 1000; i++) {
        long number = batch * 1000 + i;
        memcpy(value + i * size, &number, sizeof number < (size_t)size ? sizeof number : (size_t)size);
        messages[i].payload = value + i * size;
        messages[i].len = size;
      }
      /* sendBatch: results are waited for, with at most 16 batches under way. */
      while (!strcmp(mode, "sendBatch") && batch * 1000 - delivered >= 16000) rd_kafka_poll(rk, 1);
      while (left) {
        int taken = rd_kafka_produce_batch(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, messages, left);
        rd_kafka_poll(rk, taken == left ? 0 : 1);
        int kept = 0;
        for (int i = 0; i < left; i++)
          if (messages[i].err) {
            if (messages[i].err != RD_KAFKA_RESP_ERR__QUEUE_FULL) die("produce", rd_kafka_err2str(messages[i].err));
            messages[kept] = messages[i];
            messages[kept++].err = 0;
          }
        left = kept;
      }
    }
  } else {
    int awaits = !strcmp(mode, "send");
    for (long i = 0; i < records; i++) {
      /* send: results are waited for, with at most 1,000 records under way. */
      while (awaits && i - delivered >= 1000) rd_kafka_poll(rk, 1);
      memcpy(value, &i, sizeof i < (size_t)size ? sizeof i : (size_t)size);
      produce_one(rk, topic, value, size, NULL);
      if (!(i & 1023)) rd_kafka_poll(rk, 0);
    }
  }
  while (delivered < records) rd_kafka_poll(rk, 100);
  if (failed) die("produce", "records were not delivered");
  if (latencies) latency("produce", mode, latencies, records, size);
  else rate("produce", mode, records, size);
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(rk);
}

/* ---- consuming ---- */

static rd_kafka_t *reader(const char *brokers, const char *name, int64_t offset, char **extra) {
  rd_kafka_conf_t *conf = configuration(brokers, extra);
  char error[512];
  rd_kafka_conf_set(conf, "group.id", "twin", error, sizeof error);
  rd_kafka_conf_set(conf, "enable.auto.commit", "false", error, sizeof error);
  rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, conf);
  rd_kafka_poll_set_consumer(rk);
  const struct rd_kafka_metadata *metadata;
  rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, name, NULL);
  if (rd_kafka_metadata(rk, 0, topic, &metadata, 10000) || metadata->topic_cnt != 1) die("metadata", name);
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(metadata->topics[0].partition_cnt);
  for (int i = 0; i < metadata->topics[0].partition_cnt; i++)
    rd_kafka_topic_partition_list_add(list, name, metadata->topics[0].partitions[i].id)->offset = offset;
  rd_kafka_assign(rk, list);
  rd_kafka_topic_partition_list_destroy(list);
  rd_kafka_metadata_destroy(metadata);
  rd_kafka_topic_destroy(topic);
  return rk;
}

static void consume(char **arguments) {
  long records = atol(arguments[2]), seen = 0, bytes = 0;
  uint64_t sum = 0;
  const char *mode = arguments[3];
  rd_kafka_t *rk = reader(arguments[0], arguments[1], RD_KAFKA_OFFSET_BEGINNING, arguments + 4);
  rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(rk);
  rd_kafka_message_t *messages[1000];
  start();
  while (seen < records) {
    ssize_t count = rd_kafka_consume_batch_queue(queue, 0, messages, 1000);
    if (count <= 0) count = rd_kafka_consume_batch_queue(queue, 500, messages, 1);
    if (count > 0 && !seen) start();
    for (ssize_t i = 0; i < count; i++) {
      if (!messages[i]->err) {
        sum += messages[i]->len ? *(uint8_t *)messages[i]->payload : 0;
        bytes += messages[i]->len;
        seen++;
      }
      rd_kafka_message_destroy(messages[i]);
    }
  }
  rate("consume", mode, seen, bytes / seen);
  fprintf(stderr, "sum %llu\n", (unsigned long long)sum);
  rd_kafka_queue_destroy(queue);
  rd_kafka_consumer_close(rk);
  rd_kafka_destroy(rk);
}

/* ---- latency from produce to handler ---- */

struct tally {
  rd_kafka_t *rk;
  long limit, count;
  _Atomic int warm;
  int64_t *values;
};

static void *handler(void *argument) {
  struct tally *tally = argument;
  rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(tally->rk);
  rd_kafka_message_t *message;
  while (tally->count < tally->limit) {
    if (rd_kafka_consume_batch_queue(queue, 500, &message, 1) != 1) continue;
    if (!message->err && message->len >= 8) {
      int64_t sent;
      memcpy(&sent, message->payload, 8);
      if (sent == -1) tally->warm = 1;
      else tally->values[tally->count++] = monotonic() - sent;
    }
    rd_kafka_message_destroy(message);
  }
  rd_kafka_queue_destroy(queue);
  return NULL;
}

static void to_handler(char **arguments) {
  long records = atol(arguments[2]), size = atol(arguments[3]);
  if (size < 16) size = 16;
  struct tally tally = {.limit = records, .values = malloc(records * sizeof(int64_t))};
  tally.rk = reader(arguments[0], arguments[1], RD_KAFKA_OFFSET_END, arguments + 4);
  rd_kafka_conf_t *conf = configuration(arguments[0], arguments + 4);
  char error[512];
  rd_kafka_conf_set(conf, "linger.ms", "0", error, sizeof error);
  rd_kafka_conf_set(conf, "enable.idempotence", "true", error, sizeof error);
  rd_kafka_conf_set_dr_msg_cb(conf, report);
  rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, conf);
  rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, arguments[1], NULL);
  char *value = malloc(size);
  payload(value, size);
  pthread_t thread;
  pthread_create(&thread, NULL, handler, &tally);
  while (!tally.warm) {
    int64_t mark = -1;
    int done = 0;
    memcpy(value, &mark, 8);
    produce_one(rk, topic, value, size, &done);
    while (!done) rd_kafka_poll(rk, 100);
    usleep(20000);
  }
  start();
  for (long i = 0; i < records; i++) {
    int done = 0;
    int64_t now = monotonic();
    memcpy(value, &now, 8);
    produce_one(rk, topic, value, size, &done);
    while (!done) rd_kafka_poll(rk, 100);
    usleep(1000);
  }
  pthread_join(thread, NULL);
  latency("latency", "run", tally.values, records, size);
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(rk);
  rd_kafka_consumer_close(tally.rk);
  rd_kafka_destroy(tally.rk);
}

int main(int count, char **arguments) {
  if (count >= 7 && !strcmp(arguments[1], "produce")) produce(arguments + 2);
  else if (count >= 6 && !strcmp(arguments[1], "consume")) consume(arguments + 2);
  else if (count >= 6 && !strcmp(arguments[1], "latency")) to_handler(arguments + 2);
  else die("usage", "see the head of twin.c");
  return 0;
}
