// Package schema holds the schema of configs, and the tests' own reader of schemas,
// against an implementation of the whole standard. It is in a module for tests, so
// that those who import Chiasm need no such implementation.
package schema
