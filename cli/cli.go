package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/internal/memory"
	"github.com/chiasm-ml/chiasm/trainer"
)

// Exit codes beside those that errors carry themselves.
const (
	exitFault       = 1
	exitUsage       = 2
	exitFileSystem  = 6
	exitInterrupted = 130 // 128 + SIGINT
	exitTerminated  = 143 // 128 + SIGTERM
)

// Main runs the command with the process's arguments, under the name of its
// file, and ends the process. A config can name what reg holds.
func Main(reg *config.Registry) {
	name := strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
	ctx, caught, stop := signals()
	code := run(ctx, Command{Name: name, Registry: reg}, os.Args[1:], caught)
	stop()
	os.Exit(code)
}

// A Command is the command for a test or another program to run.
type Command struct {
	Name     string           // of the program, in messages
	Registry *config.Registry // of what configs can name
	Out, Err io.Writer        // nil: standard output and standard error
}

// Run runs the command with the given arguments, without the program's name,
// and returns its exit code. It leaves signals alone: where ctx ends, training
// saves a checkpoint and the code is that of SIGINT.
func (c Command) Run(ctx context.Context, args ...string) int {
	return run(ctx, c, args, func() syscall.Signal {
		if ctx.Err() != nil {
			return syscall.SIGINT
		}
		return 0
	})
}

func run(ctx context.Context, c Command, args []string, caught func() syscall.Signal) int {
	if c.Out == nil {
		c.Out = os.Stdout
	}
	if c.Err == nil {
		c.Err = os.Stderr
	}
	c.Out, c.Err = &shown{to: c.Out}, &shown{to: c.Err}
	if err := memory.Check(); err != nil {
		fmt.Fprintf(c.Err, "%s: %v\n", c.Name, err)
		return exitUsage
	}
	root := newRoot(c)
	root.SetArgs(args)
	root.SetOut(c.Out)
	root.SetErr(c.Err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if s := caught(); s != 0 && (errors.Is(err, trainer.ErrInterrupted) || errors.Is(err, context.Canceled)) {
		if !errors.Is(err, trainer.ErrInterrupted) {
			fmt.Fprintf(c.Err, "%s: interrupted\n", c.Name)
		}
		if s == syscall.SIGTERM {
			return exitTerminated
		}
		return exitInterrupted
	}
	fmt.Fprintf(c.Err, "%s: %s\n", c.Name, strings.TrimRight(err.Error(), "\n"))
	return exitCode(err)
}

// signals gives a context that SIGINT and SIGTERM end. A second signal ends
// the process at once; what is on the disk stays valid.
func signals() (ctx context.Context, caught func() syscall.Signal, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	c := make(chan os.Signal, 2)
	signal.Notify(c, syscall.SIGINT, syscall.SIGTERM)
	var first atomic.Int32
	go func() {
		s, ok := (<-c).(syscall.Signal)
		if !ok {
			return
		}
		first.Store(int32(s))
		cancel()
		if s, ok := (<-c).(syscall.Signal); ok {
			fmt.Fprintln(os.Stderr, "ended at once by a second signal; what was saved before is whole")
			os.Exit(128 + int(s))
		}
	}()
	return ctx, func() syscall.Signal { return syscall.Signal(first.Load()) }, func() {
		signal.Stop(c)
		close(c)
		cancel()
	}
}

func exitCode(err error) int {
	var coded interface{ ExitCode() int }
	if errors.As(err, &coded) {
		return coded.ExitCode()
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return exitFileSystem
	}
	return exitFault
}
