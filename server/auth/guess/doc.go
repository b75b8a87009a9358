// Package guess estimates how early a password is tried by somebody who guesses: in bits, the logarithm of how many tries come
// before it. It knows the 26,600 commonest passwords, English words and names, the words that belong to where the password is used,
// and what people do to them: capitals, digits for letters, repeating, counting, walking over the keyboard, years. The estimate is
// that of the cheapest way to put the password together of such pieces, after D. Wheeler, "zxcvbn: low-budget password strength
// estimation", USENIX Security 2016.
//
// words.txt.gz holds the words, the commonest first. It was put together of the frequency lists of zxcvbn-go (MIT licence, copyright
// Nathan Button and others): its passwords, the first 15,000 English words, 3,000 surnames and 1,500 first names, by their rank.
//
// Start reading at Bits.
package guess
