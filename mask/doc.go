// Package mask takes credentials out of text that people type, before the text is kept: what looks like one becomes ***.
//
// It knows credentials by their shape - tokens and passwords in addresses, bearer tokens, JSON web tokens, API tokens and one-time
// links of this program, obfuscated strings of KQL - and cannot know a password that stands in a sentence.
//
// Start reading at Text.
package mask
