// Command chiasm trains multimodal neural networks on tables whose rows carry
// pictures, text and numbers, and uses what it trained.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"

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

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	ctx, caught, stop := signals()
	defer stop()
	cmd := newRoot()
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if s := caught(); s != 0 && (errors.Is(err, trainer.ErrInterrupted) || errors.Is(err, context.Canceled)) {
		if s == syscall.SIGTERM {
			return exitTerminated
		}
		return exitInterrupted
	}
	fmt.Fprintf(os.Stderr, "chiasm: %s\n", strings.TrimRight(err.Error(), "\n"))
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
