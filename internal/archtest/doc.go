// Package archtest holds the packages of this module to the map of the house
// in house_test.go: which floor each is on, and what none may import. It has
// nothing but tests.
package archtest
