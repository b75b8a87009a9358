// Package plugin reads skill manifests (the Security Copilot plugin format, in YAML or JSON) into skills. It owns
// the manifest types, their reading and their checks, and (in fill) the safe filling of templates; it
// neither chooses a skill nor runs one.
//
//	text -> nodes with their places -> Manifest (Descriptor, SkillGroups, AgentDefinitions) -> Skill: name, typed inputs,
//	template or settings of its format, and the additions of its one Sleuth block: how prompts reach it, what it reads, how
//	its answer is worded
//
// A manifest without Sleuth blocks is complete: its skills are reached by their descriptions and example
// prompts, and their inputs are typed by their names. Published manifests vary in their keys; what varies there is read
// (skillgroup.go, skill reading), and what cannot be meant is told with its line. Start reading at Read and Skill.
package plugin
