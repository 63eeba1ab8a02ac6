// Package memory tells how much memory there is, so that what would take more is
// refused with a message: Go ends a program that asks for too much, and the system
// one that uses it.
package memory
