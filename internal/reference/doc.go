// Package reference generates docs/config.md, the reference of the config's keys, from its JSON
// Schema: every key, its values, its default, and the comment on the option in the source. It is
// used by go generate and by a test that keeps the page up to date.
package reference
