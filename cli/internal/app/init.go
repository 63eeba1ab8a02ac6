package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/cli/internal/guess"
	"github.com/chiasm-ml/chiasm/config"
)

// InitOptions are the flags of init.
type InitOptions struct {
	guess.Options
	Force    bool             // write over a config that is there
	Registry *config.Registry // nil: config.Builtin()
}

// MistakesError says that nothing can be trained on a table, for reasons that were
// named before.
type MistakesError struct{ Table string }

func (e *MistakesError) Error() string {
	return fmt.Sprintf("%s: no config was written, for nothing could be trained by it", e.Table)
}

// ExitCode is 3: bad data.
func (e *MistakesError) ExitCode() int { return 3 }

// Init writes a first config for a table, and says what it guessed and why.
func Init(ctx context.Context, o InitOptions, s Streams) error {
	if err := keepApart(o.Output, readFrom{"the table", o.Table}); err != nil {
		return err
	}
	if _, err := os.Lstat(o.Output); err == nil && !o.Force {
		return &UsageError{fmt.Sprintf("%s exists; choose another --output, or write over it with --force", o.Output)}
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	found, err := guess.Look(ctx, o.Options)
	if err != nil {
		return err
	}
	tellFindings(found, s)
	if len(found.Mistakes) == 0 {
		if err := keepConfig(o, []byte(found.Config)); err != nil {
			return err
		}
	}
	if err := showGuesses(o, found, s); err != nil {
		return err
	}
	if len(found.Mistakes) > 0 {
		return &MistakesError{o.Table}
	}
	return nil
}

// keepConfig writes a config that train accepts.
func keepConfig(o InitOptions, yaml []byte) error {
	reg := o.Registry
	if reg == nil {
		reg = config.Builtin()
	}
	if _, err := config.Parse(o.Output, yaml, reg); err != nil {
		return fmt.Errorf("the guessed config is not one: %v", err) // a fault of ours, not of the user's config
	}
	if err := checkpoints.MkdirAll(filepath.Dir(o.Output)); err != nil {
		return err
	}
	return checkpoints.WriteFileAtomic(o.Output, checkpoints.Bytes(yaml))
}

// showGuesses prints what was made of each column, and why.
func showGuesses(o InitOptions, found *guess.Findings, s Streams) error {
	if s.JSON {
		type mistake struct {
			Row     int    `json:"row,omitempty"`
			Line    int    `json:"line,omitempty"`
			Column  string `json:"column,omitempty"`
			Message string `json:"message"`
			Hint    string `json:"hint,omitempty"`
		}
		out := struct {
			*guess.Findings
			Warnings []mistake `json:"warnings"`
			Mistakes []mistake `json:"mistakes"`
		}{found, []mistake{}, []mistake{}}
		for _, w := range found.Warnings {
			out.Warnings = append(out.Warnings, mistake{w.Row, w.Line, w.Column, w.Message, w.Hint})
		}
		for _, m := range found.Mistakes {
			out.Mistakes = append(out.Mistakes, mistake{m.Row, m.Line, m.Column, m.Message, m.Hint})
		}
		b, err := json.MarshalIndent(out, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.Out, string(b))
		return err
	}
	if len(found.Guesses) > 0 {
		t := table.NewWriter()
		t.SetOutputMirror(s.Out)
		t.SetStyle(table.StyleLight)
		t.Style().Format.Header = text.FormatDefault
		t.AppendHeader(table.Row{"column", "is", "used as", "why"})
		for _, g := range found.Lines() {
			use := g.Use
			if use == "" {
				use = "–"
			}
			t.AppendRow(table.Row{text.Snip(g.Column, 30, "…"), string(g.Kind), use, g.Why})
		}
		t.SetColumnConfigs([]table.ColumnConfig{{Number: 4, WidthMax: whyWidth(s), WidthMaxEnforcer: text.WrapSoft}})
		t.Render()
	}
	if found.Config != "" {
		fmt.Fprintf(s.Out, "%s: %d rows, %s output. Next: chiasm train --config %s\n", o.Output, found.Rows, found.Type, o.Output)
	}
	return nil
}

// whyWidth is what a terminal has left for the reasons.
func whyWidth(s Streams) int {
	const others, least, usual = 60, 30, 90
	f, ok := s.Out.(descriptor)
	if !ok {
		return usual
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return usual
	}
	return max(least, width-others)
}
