#pragma once
#include <stdbool.h>
#include <string.h>

#include <gmime/gmime.h>

// GMime's casts and type tests are macros: each needs a function.

enum headrace_part {
  HEADRACE_PART_OTHER,
  HEADRACE_PART_TEXT,
  HEADRACE_PART_MULTIPART,
  HEADRACE_PART_ALTERNATIVE,
  HEADRACE_PART_MESSAGE,
};

static inline void headrace_gmime_init(void) { g_mime_init(); }

static inline GMimeMessage *headrace_gmime_parse(const char *bytes, size_t length) {
  GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes, length);
  GMimeParser *parser = g_mime_parser_new_with_stream(stream);
  GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
  g_object_unref(parser);
  g_object_unref(stream);
  return message;
}

static inline void headrace_gmime_free(GMimeMessage *message) { g_object_unref(message); }
static inline void headrace_gmime_release(void *memory) { g_free(memory); }

static inline char *headrace_gmime_subject(GMimeMessage *message) { return g_strdup(g_mime_message_get_subject(message)); }

/// Senders (0), recipients (1) or copies (2), readable.
static inline char *headrace_gmime_addresses(GMimeMessage *message, int which) {
  GMimeAddressType type = which == 0 ? GMIME_ADDRESS_TYPE_FROM : which == 1 ? GMIME_ADDRESS_TYPE_TO : GMIME_ADDRESS_TYPE_CC;
  InternetAddressList *list = g_mime_message_get_addresses(message, type);
  if (list == NULL || internet_address_list_length(list) == 0) return NULL;
  return internet_address_list_to_string(list, NULL, FALSE);
}

static inline char *headrace_gmime_date(GMimeMessage *message) {
  GDateTime *date = g_mime_message_get_date(message);
  return date == NULL ? NULL : g_date_time_format(date, "%Y-%m-%dT%H:%M:%S%:z");
}

static inline GMimeObject *headrace_gmime_body(GMimeMessage *message) { return g_mime_message_get_mime_part(message); }

static inline bool headrace_gmime_is_html(GMimeObject *part) {
  GMimeContentType *type = g_mime_object_get_content_type(part);
  return type != NULL && g_mime_content_type_is_type(type, "text", "html");
}

static inline bool headrace_gmime_is_attachment(GMimeObject *part) {
  const char *disposition = g_mime_object_get_disposition(part);
  return disposition != NULL && g_ascii_strcasecmp(disposition, GMIME_DISPOSITION_ATTACHMENT) == 0;
}

static inline enum headrace_part headrace_gmime_kind(GMimeObject *part) {
  if (GMIME_IS_MULTIPART(part)) {
    GMimeContentType *type = g_mime_object_get_content_type(part);
    return type != NULL && g_mime_content_type_is_type(type, "multipart", "alternative") ? HEADRACE_PART_ALTERNATIVE
                                                                                       : HEADRACE_PART_MULTIPART;
  }
  if (GMIME_IS_MESSAGE_PART(part)) return HEADRACE_PART_MESSAGE;
  if (GMIME_IS_PART(part)) {
    GMimeContentType *type = g_mime_object_get_content_type(part);
    // Without a type a part is plain text.
    if (type == NULL || g_mime_content_type_is_type(type, "text", "*")) return HEADRACE_PART_TEXT;
  }
  return HEADRACE_PART_OTHER;
}

static inline int headrace_gmime_count(GMimeObject *part) { return g_mime_multipart_get_count(GMIME_MULTIPART(part)); }

static inline GMimeObject *headrace_gmime_child(GMimeObject *part, int index) {
  return g_mime_multipart_get_part(GMIME_MULTIPART(part), index);
}

static inline GMimeMessage *headrace_gmime_message(GMimeObject *part) {
  return g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
}

static inline char *headrace_gmime_name(GMimeObject *part) {
  if (GMIME_IS_PART(part)) {
    const char *name = g_mime_part_get_filename(GMIME_PART(part));
    if (name != NULL) return g_strdup(name);
  }
  GMimeContentType *type = g_mime_object_get_content_type(part);
  return type == NULL ? NULL : g_mime_content_type_get_mime_type(type);
}

static inline char *headrace_gmime_charset(GMimeObject *part) {
  return g_strdup(g_mime_object_get_content_type_parameter(part, "charset"));
}

/// The decoded bytes of a part; NULL where it has none.
static inline char *headrace_gmime_content(GMimeObject *part, size_t *length) {
  if (!GMIME_IS_PART(part)) return NULL;
  GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(part));
  if (content == NULL) return NULL;
  GMimeStream *memory = g_mime_stream_mem_new();
  g_mime_data_wrapper_write_to_stream(content, memory);
  GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory));
  char *copy = bytes == NULL ? NULL : (char *)g_malloc(bytes->len + 1);
  if (copy != NULL) {
    memcpy(copy, bytes->data, bytes->len);
    *length = bytes->len;
  }
  g_object_unref(memory);
  return copy;
}
