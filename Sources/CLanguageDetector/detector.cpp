#include "CLanguageDetector.h"

#include <cstdio>  // CLD2's header needs it and does not say so
#include <cstring>

#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>

int headrace_detect_languages(
    const char *utf8, size_t length, const char *hint,
    char codes[3][16], int percents[3], bool *reliable, size_t *valid_prefix) {
  CLD2::CLDHints hints = {nullptr, "", CLD2::UNKNOWN_ENCODING, CLD2::UNKNOWN_LANGUAGE};
  if (hint != nullptr && hint[0] != 0) hints.content_language_hint = hint;
  CLD2::Language languages[3];
  double scores[3];
  int bytes = 0, valid = 0;
  bool isReliable = false;
  CLD2::ExtDetectLanguageSummaryCheckUTF8(
      utf8, static_cast<int>(length), true, &hints, 0, languages, percents, scores, nullptr, &bytes, &isReliable,
      &valid);
  *reliable = isReliable;
  *valid_prefix = static_cast<size_t>(valid);
  int found = 0;
  for (int i = 0; i < 3; i++) {
    if (languages[i] == CLD2::UNKNOWN_LANGUAGE && i > 0) break;
    std::strncpy(codes[i], CLD2::LanguageCode(languages[i]), 15);
    codes[i][15] = 0;
    found++;
  }
  return found;
}
