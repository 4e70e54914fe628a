/// What is made of uchardet's guess.
package enum CharsetChoice {
  /// The encoding to read `sample` in, after uchardet said `guess`.
  package static func choose(guess: String, sample: ArraySlice<UInt8>) -> String {
    Charset.afterGuess(guess)
  }
}
