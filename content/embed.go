// Package content embeds the data that ships inside the program: skill manifests (plugins) and the
// vocabulary that prompts are read with. Schemas stand in content/schemas. Adding a skill is adding a file
// to plugins; no code knows it by name.
package content

import "embed"

// Plugins holds the built-in skill manifests, in the folder plugins.
//
//go:embed plugins/*.yaml
var Plugins embed.FS

// Vocabulary is how prompts say things: concepts, values, anaphora.
//
//go:embed vocabulary/vocabulary.yaml
var Vocabulary []byte
