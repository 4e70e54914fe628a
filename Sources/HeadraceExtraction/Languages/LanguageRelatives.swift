/// Tells languages apart that are near relatives, by letters and small words that one has and the other has not.
///
/// CLD2 weighs groups of four letters, and in those Danish and Norwegian, Indonesian and Malay are nearly the same: of texts of
/// 200 characters it takes one in ten or twenty for the sibling.
enum LanguageRelatives {
  /// The language of valid UTF-8 that CLD2 takes for `found`: its sibling, where the text speaks for that.
  static func settle(_ found: String, in utf8: ArraySlice<UInt8>) -> String {
    guard ["da", "nb", "sv", "id", "ms", "gl"].contains(found) else { return found }
    let text = String(decoding: utf8.prefix(8 << 10), as: UTF8.self).lowercased()
    switch found {
    case "da", "nb", "sv": return scandinavian(found, text)
    // Indonesian where nothing tells: many more write it.
    case "id", "ms": return count(malay, in: text) > count(indonesian, in: text) ? "ms" : "id"
    default: return count(spanish, in: text) > count(galician, in: text) ? "es" : "gl"
    }
  }

  private static func scandinavian(_ found: String, _ text: String) -> String {
    var western = 0
    var eastern = 0
    for scalar in text.unicodeScalars {
      switch scalar {
      case "æ", "ø": western += 1
      case "ä", "ö": eastern += 1
      default: break
      }
    }
    if eastern > western { return "sv" }
    if found == "sv", western == eastern { return found }
    let forDanish = count(danish, in: text)
    let forNorwegian = count(norwegian, in: text)
    if forDanish == forNorwegian { return found == "sv" ? "nb" : found }
    return forDanish > forNorwegian ? "da" : "nb"
  }

  private static func count(_ words: Set<String>, in text: String) -> Int {
    text.unicodeScalars.split(whereSeparator: { !$0.properties.isAlphabetic })
      .reduce(into: 0) { if words.contains(String($1)) { $0 += 1 } }
  }

  private static let danish: Set<String> = [
    "ad", "af", "blev", "blevet", "bliver", "brug", "bruge", "bruges", "dig", "efter", "gennem", "giver", "hvad",
    "igen", "lige",
    "mere", "mig", "måde", "nogen", "nogle", "noget", "nu", "op", "sidste", "sig", "tilbage", "ud", "uden", "været",
  ]
  private static let norwegian: Set<String> = [
    "av", "ble", "blir", "blitt", "bruk", "bruke", "brukes", "deg", "etter", "gir", "gjennom", "hva", "igjen", "meg",
    "mer",
    "mye", "måte", "noe", "noen", "nå", "opp", "seg", "siste", "tilbake", "ut", "uten", "vært",
  ]
  private static let indonesian: Set<String> = [
    "bahwa", "berbeda", "berkas", "bisa", "butuh", "coba", "informasi", "instalasi", "kantor", "karena", "memiliki",
    "mobil",
    "paket", "perangkat", "saja", "silakan", "yaitu",
  ]
  private static let malay: Set<String> = [
    "awak", "bahawa", "berbeza", "boleh", "cuba", "fail", "hendaklah", "iaitu", "ialah", "kerana", "kereta", "maklumat",
    "manakala", "mesti", "pakej", "pejabat", "peranti", "perisian", "ramai", "sahaja", "sila",
  ]
  private static let spanish: Set<String> = [
    "al", "del", "el", "en", "es", "hay", "la", "las", "lo", "los", "más", "su", "sus", "una", "y",
  ]
  private static let galician: Set<String> = [
    "ao", "coa", "da", "das", "do", "dos", "e", "hai", "máis", "na", "nas", "non", "o", "os", "pola", "polo", "seu",
    "súa",
    "unha", "unhas",
  ]
}
