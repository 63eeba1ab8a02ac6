// Package app is what the commands do: it joins config, data, model, trainer,
// checkpoints and report, and keeps the run folder. Command-line flags, signals
// and exit codes are not its business.
package app
