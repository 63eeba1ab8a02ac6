// Package signal is an input that Chiasm does not bring: series of numbers, such
// as the readings of a sensor, with an encoder of convolutions over time.
package signal
