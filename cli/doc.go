// Package cli is the chiasm command: flags, signals and exit codes around what
// cli/internal/app does. It is exported so that a program can offer the same
// commands over a registry with encoders, fusions and inputs of its own:
//
//	func main() {
//		reg := config.Builtin()
//		if err := config.AddFusion(reg, "highway", "a fusion of mine", NewHighway); err != nil {
//			panic(err)
//		}
//		cli.Main(reg)
//	}
//
// A model that such a program trained names what is registered there, so that
// program is also the one that evaluates, predicts and inspects with it.
//
// Exit codes: 0 done, 1 internal fault, 2 usage or config, 3 data, 4 checkpoint
// or model file, 5 non-finite numbers, 6 file system, 130 and 143 ended by
// SIGINT and SIGTERM. An error brings its code along by a method ExitCode() int;
// a plug-in's own errors may have one too. Results go to standard output, all
// else to standard error, where an error is one line.
package cli
