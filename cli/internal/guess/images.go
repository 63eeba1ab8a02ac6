package guess

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/parallel"
	"github.com/chiasm-ml/chiasm/modality/image/imaging"
)

// pictures is what the files of a column are like.
type pictures struct {
	side   int  // median of the shorter sides
	same   bool // all have one size
	square bool // nearly all have the same shape
	size   [2]int
	grey   bool

	usable, absent int              // cells
	firstAbsent    int              // row
	damaged        map[string]error // by cell
	missing        map[string]bool  // cells of files that are not there
}

// mostAtOnce bounds how many files are read between two looks at the context.
const mostAtOnce = 512

// seen is one file.
type seen struct {
	imaging.Info
	err error
}

// lookAtImages reads every file that a column names.
func (s *survey) lookAtImages(ctx context.Context, p *profile) error {
	if s.folder == "" {
		s.folder = s.findFolder(p)
	}
	folder, err := data.OpenFolder(s.folder)
	if err != nil {
		return err
	}
	defer folder.Close()
	files := make([]string, 0, p.distinct())
	at := map[string]int{}
	for _, c := range p.cells() {
		if _, ok := at[c.Text]; !ok && !c.Missing() {
			at[c.Text] = len(files)
			files = append(files, c.Text)
		}
	}
	found := make([]seen, len(files))
	for from := 0; from < len(files); from += mostAtOnce {
		if err := ctx.Err(); err != nil {
			return err
		}
		parallel.Run(min(mostAtOnce, len(files)-from), func(i int) {
			b, err := folder.ReadFile(files[from+i])
			if err == nil {
				found[from+i].Info, err = imaging.Inspect(b)
			}
			found[from+i].err = err
		})
	}
	s.images[p.name()] = s.judge(p, found, at)
	return nil
}

// judge says what becomes of files that cannot be used: where there is none at all the
// column is left out, cells of files that are not there count as empty, and rows of
// damaged files are left out.
func (s *survey) judge(p *profile, found []seen, at map[string]int) *pictures {
	i := summarise(found)
	i.damaged, i.missing = map[string]error{}, map[string]bool{}
	for row, c := range p.cells() {
		if c.Missing() {
			continue
		}
		err := found[at[c.Text]].err
		switch {
		case err == nil:
			i.usable++
		case errors.Is(err, fs.ErrNotExist):
			if i.absent == 0 {
				i.firstAbsent = row
			}
			i.absent++
			i.missing[c.Text] = true
		default:
			i.damaged[c.Text] = err
		}
	}
	if i.usable == 0 {
		row, text := p.first()
		where := fmt.Sprintf("row %d: ", s.rowNumber(row))
		why := fmt.Sprintf("there is no file %s below %s", show(text), s.folder)
		hint := "say by --images which folder the paths are relative to"
		switch err := found[at[text]].err; {
		case strings.Contains(text, "://"):
			why, hint = show(text)+" is an address, and nothing is fetched", "keep the files in a folder, and write their paths below it"
		case !errors.Is(err, fs.ErrNotExist), strings.Contains(text, `\`):
			why, hint = fmt.Sprintf("%s: %v", show(text), err), ""
		}
		if hint != "" {
			hint = " (" + hint + ")"
		}
		p.kind, p.why = Unread, where+why+", nor can any other be used"+hint
	}
	return i
}

// findFolder is the folder, beside the table, below which the first files of a
// column are: that of the table itself, or one in it.
func (s *survey) findFolder(p *profile) string {
	if s.options.Images != "" {
		return s.options.Images
	}
	beside := filepath.Dir(s.options.Table)
	folders := []string{beside}
	entries, _ := os.ReadDir(beside) // one that cannot be listed has no folders to try
	for _, e := range entries {
		if e.IsDir() {
			folders = append(folders, filepath.Join(beside, e.Name()))
		}
	}
	best, most := beside, 0
	for _, folder := range folders {
		if n := countFiles(folder, p); n > most {
			best, most = folder, n
		}
	}
	return best
}

// countFiles counts those of a column's first files that are below a folder.
func countFiles(folder string, p *profile) int {
	const most = 20
	root, err := os.OpenRoot(folder)
	if err != nil {
		return 0
	}
	defer root.Close()
	tried, found := 0, 0
	for _, cell := range p.cells() {
		if cell.Missing() || tried == most {
			continue
		}
		tried++
		if info, err := root.Stat(cell.Text); err == nil && info.Mode().IsRegular() {
			found++
		}
	}
	return found
}

func summarise(found []seen) *pictures {
	var good []imaging.Info
	for _, f := range found {
		if f.err == nil {
			good = append(good, f.Info)
		}
	}
	if len(good) == 0 {
		return &pictures{}
	}
	p := &pictures{same: true, grey: true, size: [2]int{good[0].Height, good[0].Width}}
	var sides []int
	odd := 0
	for _, i := range good {
		sides = append(sides, min(i.Width, i.Height))
		p.same = p.same && i.Width == good[0].Width && i.Height == good[0].Height
		p.grey = p.grey && i.Grey
		if long, short := max(i.Width, i.Height), min(i.Width, i.Height); 4*long > 5*short {
			odd++
		}
	}
	slices.Sort(sides)
	p.side = sides[len(sides)/2]
	p.square = 20*odd <= len(good)
	return p
}
