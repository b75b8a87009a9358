// Package plugin reads skill manifests (the Security Copilot plugin format, in YAML) into skills. It owns
// the manifest types, their reading and their checks, and (in fill) the safe filling of templates; it
// neither chooses a skill nor runs one.
//
//	YAML -> Manifest (Descriptor, SkillGroups) -> Skill: name, typed inputs, template, and the
//	additions of its one Sleuth block: how prompts reach it, what it reads, how its answer is worded
//
// A manifest without Sleuth blocks is complete: its skills are reached by their descriptions and example
// prompts, and their inputs are typed by their names. Start reading at Parse and Skill.
package plugin
