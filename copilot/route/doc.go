// Package route turns a prompt into skill calls, in code and from data alone: the skills' manifests and a
// vocabulary. It owns the reading of prompts, the choice of skills and their inputs, and follow-up
// context; it runs nothing and knows no skill by name.
//
//	text -> literals, names, time, numbers (read.go) -> concepts and values of the vocabulary (lexicon.go)
//	-> every skill scored by what it explains of the prompt (score.go) -> inputs, typed (inputs.go)
//	-> Decision: calls to run, or an outcome with its reason
//
// A skill is reached by its cues (conjunctions of concepts), its fields, and, where its manifest has
// neither, by the words of its description and example prompts. Start reading at Router.Route.
package route
