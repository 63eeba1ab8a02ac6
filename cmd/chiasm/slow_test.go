//go:build slow

package main_test

const slow = true
