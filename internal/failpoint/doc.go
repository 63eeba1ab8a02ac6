// Package failpoint marks the points at which a test may end the program.
//
// In a program built with the tag failpoints, an environment variable selects the point and the
// action; see on.go. In every other program, a point is an empty function that the compiler
// removes: it costs nothing and does nothing.
//
// Points are placed where a process may die between two operations that belong together: before and
// after each write, sync, rename and removal, and during preprocessing, a step and an evaluation.
package failpoint
