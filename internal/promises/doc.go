// Package promises holds the suites that belong to no package alone: bad
// inputs of every kind, given to the command as a user would, each with the
// outcome that docs/promises.md states. It has tests only, and one that checks
// that every test which that page names exists.
package promises
