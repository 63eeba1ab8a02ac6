// Package memory determines how much memory is available, so that anything that would take more is
// refused with a message: Go aborts a program that allocates too much, and the operating system
// kills one that uses too much.
package memory
