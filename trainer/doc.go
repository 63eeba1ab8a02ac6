// Package trainer trains a model of package model on a dataset of package
// data: the loop over epochs and steps, evaluation, early stopping, and the
// state that lets an interrupted run go on exactly where it stopped.
//
// It draws nothing and prints nothing: what a caller wants to show it is told
// through Hooks. It never imports an encoder or a fusion.
package trainer
