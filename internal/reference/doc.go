// Package reference writes docs/config.md, the reference of the keys of a
// config, from its JSON Schema: every key, its values, its default, and the
// comment that stands beside the option in the source. It serves go generate
// and a test that holds the page fresh.
package reference
