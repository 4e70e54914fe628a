#pragma once
#include <librdkafka/rdkafka.h>
#include <string.h>

/// rd_kafka_producev() is variadic, which Swift can't call. The value and key are copied. On failure the headers
/// still belong to the caller.
static inline rd_kafka_resp_err_t headrace_kafka_produce(
    rd_kafka_t *client, rd_kafka_topic_t *topic, int32_t partition, const void *value, size_t value_size,
    const void *key, size_t key_size, rd_kafka_headers_t *headers, int64_t timestamp, void *opaque) {
  if (headers) {
    return rd_kafka_producev(
        client, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_VALUE((void *)value, value_size), RD_KAFKA_V_KEY((void *)key, key_size),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_TIMESTAMP(timestamp), RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
  }
  return rd_kafka_producev(
      client, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_VALUE((void *)value, value_size), RD_KAFKA_V_KEY((void *)key, key_size),
      RD_KAFKA_V_TIMESTAMP(timestamp), RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
}
