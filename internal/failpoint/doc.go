// Package failpoint names the places where a test may end the program.
//
// In a program built with the tag failpoints, the environment says at which
// point what happens; see on.go. In every other program a point is an empty
// function that the compiler removes: it costs nothing and can do nothing.
//
// Points stand where a process may die between two things that belong together:
// before and after each write, sync, rename and removal, amid preprocessing, a
// step, an evaluation.
package failpoint
