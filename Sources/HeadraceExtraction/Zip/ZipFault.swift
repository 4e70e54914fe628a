/// What is wrong with a zip file.
package enum ZipFault: Error, Hashable {
  /// There is no central directory: cut short, or no zip file.
  case noDirectory
  /// The directory or an entry contradicts itself.
  case damaged(String)
  /// The entry is locked with a password.
  case encrypted
  /// More entries than allowed.
  case tooManyEntries(Int)
  /// More bytes than allowed, counted while inflating.
  case tooLarge(String)
}
