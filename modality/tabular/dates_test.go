package tabular

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality/modalitytest"
)

func datesOf(t testing.TB, c Options, cells ...string) (*Preprocessor, *data.Table, error) {
	t.Helper()
	table, err := data.NewTable("t.csv", data.Strings("d", cells...))
	if err != nil {
		t.Fatal(err)
	}
	c.Dates, c.Transform, c.MinCount = []string{"d"}, "none", 1
	if c.Missing == "" {
		c.Missing = data.MissingError
	}
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p, table, p.Fit(context.Background(), table, modalitytest.Rows(len(cells)), nil)
}

// The one format of a column is found, and its dates are the numbers that a calendar
// has for them.
func TestF28_FormatsAreFound(t *testing.T) {
	for want, cells := range map[string][]string{
		"%Y-%m-%d": {"2024-02-29", "2023-12-31"}, "%Y%m%d": {"20240229", "20231231"}, "%d/%m/%Y": {"05/06/2024", "13/6/2024"}, "%m/%d/%Y": {"05/06/2024", "6/13/2024"},
		"%d.%m.%Y": {"1.2.2024", "28.02.2024"}, "%Y/%m/%d %H:%M": {"2024/02/29 23:59", "2024/01/01 00:00"}, "%b %d, %Y": {"March 14, 2026", "Sep 1, 2025"},
		"%Y-%m-%dT%H:%M:%S%z": {"2026-03-14T15:09:26Z", "2026-03-14T15:09:26.123+02:00"}, "%Y-%m-%d %H:%M:%S": {"2026-03-14 15:09:26", "2026-03-14 15:09:26.5"},
		"%d-%b-%Y": {"14-Mar-2026", "1-apr-2025"}, "%d %b %Y": {"31 Jan 2024", "1 December 1969"}, "%b %d %Y": {"Jan 31 2024"}, "%b %d, %Y %I:%M%p": {"January 31, 2024 12:05 AM", "Sept 1, 2024 1:00pm"},
		"%a, %d %b %Y": {"Mon, 3 Mar 2021", "wednesday, 10 March 2021"}, "%a, %d %b %Y %H:%M:%S%Z": {"Wed, 03 Mar 2021 10:00:00 GMT"}, "%a, %d %b %Y %H:%M:%S%z": {"Wed, 03 Mar 2021 10:00:00 +0100"}, "%a, %b %d, %Y": {"Thursday, March 4, 2021"},
		"%a %b %e %H:%M:%S %Y": {"Wed Mar  3 10:00:00 2021", "Fri Mar 12 10:00:00 2021"}, "%a %b %e %H:%M:%S%Z %Y": {"Wed Mar  3 10:00:00 UTC 2021"}, "%a %b %e %H:%M:%S%z %Y": {"Wed Mar 03 10:00:00 +0000 2021"},
		"%d-%b-%y": {"18-Mar-21", "1-apr-69"}, "%Y-%m-%d %H:%M:%S%Z": {"2024-01-31 10:00:00 UTC", "2024-01-31 10:00:00.123456 UTC"}, "%d/%b/%Y:%H:%M:%S%z": {"10/Oct/2000:13:55:36 -0700"}, "%Y-%b-%d": {"2021-Mar-18"}, "%d.%b.%Y": {"18.Mar.2021"},
		"%m/%d/%Y, %I:%M:%S%p": {"3/14/2026, 3:09:26 PM"}, "%Y%m%dT%H%M%S%z": {"20260314T150926Z"}, "%Y%m%d%H%M%S": {"20260314150926"}, "%Y%m%d%H%M": {"202603141509"},
		"%s": {"1700000000", "881250949", "1700000000.25"}, "%Q": {"1700000000123", "1700000000999"},
		"%d of %b %Y": {"3rd of March 2024", "21st of may 2023"}, "%b %d, %Y %H:%M": {"March 3rd, 2024 10:00"}, "%d %b %Y %H:%M": {"1er mars 2024 10:20", "2 févr. 2024 11:20"}, "%d de %b de %Y": {"3 de marzo de 2024", "1 de setembro de 2023"},
		"%Y-%m": {"2024-03", "2023-12"}, "%m/%Y": {"3/2024", "12/2023"}, "%b %Y": {"März 2024", "Okt. 2023", "dicembre 2022"}, "%Y%m": {"202403", "202312"}, "%YQ%q": {"2024Q1", "2023Q4"}, "Q%q %Y": {"Q1 2024"}, "%G-W%V": {"2024-W07", "2020-W53"}, "%G-W%V-%u": {"2024-W07-3"}, "%GW%V": {"2024W07", "2024W12"},
		"%H:%M": {"13:45", "0:05"}, "%H:%M:%S": {"13:45:01", "00:00:00.5"}, "%I:%M%p": {"1:45 pm", "12:00 A.M."}, "%I%p": {"1pm", "12 am"},
		"%m/%d/%y": {"1/31/24", "12/1/99"}, "%d.%m.%y": {"31.01.24"}, "%Y/%m/%d": {"2024/1/31"}, "%Y-%m-%d %H:%M:%S%z": {"2024-01-31 10:00:00+00", "2024-01-31 10:00:00 -0530"}, "%m/%d/%Y %I:%M:%S%p": {"1/31/2024 11:59:59 PM"},
	} {
		p, table, err := datesOf(t, Options{}, cells...)
		if err != nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		r := p.DateRules()[0]
		if r.Name != want {
			t.Errorf("%q have the format %s, want %s", cells, r.Name, want)
		}
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		again := &Preprocessor{}
		if err := json.Unmarshal(b, again); err != nil {
			t.Fatal(err)
		}
		slots, _, _ := modalitytest.Row(t, p, table, 0, data.Augment{})
		other, _, _ := modalitytest.Row(t, again, table, 0, data.Augment{})
		if len(slots[0].F32) != len(r.Parts) {
			t.Errorf("%s: %d numbers for the parts %v", want, len(slots[0].F32), r.Parts)
		}
		for i, v := range slots[0].F32 {
			if other[0].F32[i] != v {
				t.Errorf("%s: %s is %v, and %v as read back", want, r.Parts[i], v, other[0].F32[i])
			}
		}
	}
}

func TestF28_DatesThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		cells []string
		want  []string
	}{
		{[]string{"05/06/2024", "07/08/2024"}, []string{"%d/%m/%Y or %m/%d/%Y", "no training row tells which", "date_formats"}},
		{[]string{"13/06/2024", "06/13/2024"}, []string{"row 2", "%m/%d/%Y", "row 1", "%d/%m/%Y", "one format"}},
		{[]string{"2024-01-31", "2024-02-30"}, []string{"row 2", `"2024-02-30" is no date`}},
		{[]string{"2024-01-31", "2024-02-01 10:00"}, []string{"row 2", "%Y-%m-%d %H:%M", "row 1"}},
		{[]string{"2024-01-31", ""}, []string{"row 2", "empty"}},
		{[]string{"05/06/07"}, []string{"%d/%m/%y or %m/%d/%y or %y/%m/%d", "no training row tells which", "date_formats"}},
		{[]string{"31 Marvel 2024"}, []string{"row 1", "is no date"}},
		{[]string{"1/31/2024 13:00 PM"}, []string{"row 1", "is no date"}},
		{[]string{"1700000000", "1700000000123"}, []string{"row 2", "as %Q", "row 1 as %s"}},
		{[]string{"12345"}, []string{`"12345" is no date`}},
		{[]string{"Wodan, 3 Mar 2021"}, []string{"is no date"}},
		{[]string{"2021-03-03 10:00:00 CET"}, []string{"is no date"}},
		{[]string{"yesterday"}, []string{`"yesterday" is no date`}},
	} {
		_, _, err := datesOf(t, Options{}, c.cells...)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v, want %s", c.cells, err, want)
			}
		}
	}
	for name, want := range map[string]string{"%d/%m/%Y": "%d/%m/%Y", "02/01/2006": "%d/%m/%Y", "01/02/2006": "%m/%d/%Y", "2/1/2006": "%d/%m/%Y"} {
		p, _, err := datesOf(t, Options{DateFormats: map[string]string{"d": name}}, "05/06/2024", "07/08/2024")
		if err != nil || p.DateRules()[0].Name != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New(Options{Dates: []string{"d"}, Missing: data.MissingError, Transform: "none", MinCount: 1, DateFormats: map[string]string{"d": "%d/%q/%Y"}}); err == nil || !strings.Contains(err.Error(), "date_formats") {
		t.Errorf("an unknown directive: %v", err)
	}
}

// Cells that data.missing_values names are empty when a format is looked for, in
// files of every kind.
func TestF28_MissingDates(t *testing.T) {
	for format, text := range map[data.Format]string{
		data.CSV: "d\n-\n13/06/2024\n N/A \n20240101\n01/02/2024\n", data.TSV: "d\n-\n13/06/2024\nN/A\n20240101\n01/02/2024\n",
		data.JSONL: `{"d":"-"}` + "\n" + `{"d":"13/06/2024"}` + "\n" + `{"d":null}` + "\n" + `{"d":20240101}` + "\n" + `{"d":"01/02/2024"}`,
		data.JSON:  `[{"d":"-"},{"d":"13/06/2024"},{"d":"N/A"},{"d":20240101},{"d":"01/02/2024"}]`,
	} {
		table, err := modalitytest.Read(t, data.Options{Format: format, Dialect: data.Dialect{MissingValues: []string{"-", "N/A", "20240101"}}}, text)
		if err != nil {
			t.Fatal(err)
		}
		for _, missing := range []string{data.MissingError, data.MissingMask, data.MissingMean} {
			p, err := New(Options{Dates: []string{"d"}, Missing: missing, Transform: "none", MinCount: 1})
			if err != nil {
				t.Fatal(err)
			}
			err = p.Fit(context.Background(), table, modalitytest.Rows(5), &data.Notes{})
			if missing == data.MissingError {
				if err == nil || !strings.Contains(err.Error(), "empty") {
					t.Errorf("%s, %s: %v", format, missing, err)
				}
				continue
			}
			if err != nil || p.DateRules()[0].Name != "%d/%m/%Y" {
				t.Errorf("%s, %s: %v", format, missing, err)
			}
		}
	}
}

// A date may be later than those of training: its age is negative. One so far away
// that float32 loses what a layer does with it is refused, as a number is.
func TestF28_LaterDates(t *testing.T) {
	p, _, err := datesOf(t, Options{}, "2024-01-01T00:00:00", "2024-01-01T00:00:01", "2024-01-01T00:00:02")
	if err != nil {
		t.Fatal(err)
	}
	rule := p.Rules()[0]
	v, err := rule.Read(data.Cell{Text: "2024-01-02T00:00:02", Kind: data.String})
	if err != nil || v.Numbers[len(v.Numbers)-1] != -1 {
		t.Errorf("%v, %v", v.Numbers, err)
	}
	if _, err := rule.Read(data.Cell{Text: "9999-01-01T00:00:00", Kind: data.String}); err == nil || !strings.Contains(err.Error(), "standard deviations") {
		t.Error(err)
	}
}

func TestF29_UnitsThatCannotBe(t *testing.T) {
	for _, bad := range []string{"", " ", " kg", "5", "e", "E", ".", "m-1", "k,g"} {
		if _, err := New(Options{Numeric: []string{"a"}, Missing: data.MissingError, Transform: "none", MinCount: 1, Units: map[string]string{"a": bad}}); err == nil || !strings.Contains(err.Error(), "units") {
			t.Errorf("the unit %q: %v", bad, err)
		}
	}
	if _, err := New(Options{Numeric: []string{"price"}, Missing: data.MissingError, Transform: "none", MinCount: 1, Units: map[string]string{"prise": "$"}}); err == nil || !strings.Contains(err.Error(), `"price"`) {
		t.Errorf("a misspelt column: %v", err)
	}
}
