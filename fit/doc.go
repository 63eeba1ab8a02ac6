// Package fit makes trained models of configs and tables: the way from a
// config.Config, read or made in Go, to a bundle that answers. The train command
// is this package with a run folder around it.
package fit
