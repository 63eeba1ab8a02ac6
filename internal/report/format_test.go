package report

import (
	"math"
	"testing"
)

func TestNumbers(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	cases := []struct {
		value                   float64
		figure, short, compact  string
		signed, percent, length string
	}{
		{0, "0", "0", "0", "0", "0 %", "0.0 s"},
		{0.70912, "0.709", "0.7091", "0.7091", "+0.709", "71 %", "0.7 s"},
		{0.05, "0.0500", "0.05", "0.05", "+0.0500", "5 %", "0.1 s"},
		{0.0004, "4×10⁻⁴", "0.0004", "0.0004", "+4×10⁻⁴", "< 0.1 %", "0.0 s"},
		{0.00001234, "1.23×10⁻⁵", "1.23×10⁻⁵", "1.23×10⁻⁵", "+1.23×10⁻⁵", "< 0.1 %", "0.0 s"},
		{0.0044, "0.0044", "0.0044", "0.0044", "+0.0044", "0.4 %", "0.0 s"},
		{0.9996, "1.000", "0.9996", "0.9996", "+1.000", "99.9 %", "1.0 s"},
		{1, "1.000", "1", "1", "+1.000", "100 %", "1.0 s"},
		{-3.25, "−3.250", "−3.25", "−3.25", "−3.250", "−325 %", "–"},
		{41.3, "41.30", "41.3", "41.3", "+41.30", "4130 %", "41 s"},
		{59.6, "59.60", "59.6", "59.6", "+59.60", "5960 %", "1 min 0 s"},
		{725, "725.0", "725", "725", "+725.0", "72500 %", "12 min 5 s"},
		{12345.6, "12,346", "12,346", "12.35k", "+12,346", "1234560 %", "3 h 25 min"},
		{-1500000, "−1,500,000", "−1,500,000", "−1.5M", "−1,500,000", "−150000000 %", "–"},
		{2.5e12, "2.5×10¹²", "2.5×10¹²", "2.5×10¹²", "+2.5×10¹²", "250000000000000 %", "277,777 h 46 min"},
		{nan, "–", "–", "–", "–", "–", "–"},
		{inf, "–", "–", "–", "–", "–", "–"},
		{-inf, "–", "–", "–", "–", "–", "–"},
	}
	for _, c := range cases {
		for i, pair := range [][2]string{
			{figure(c.value), c.figure}, {short(c.value), c.short}, {compact(c.value), c.compact},
			{signed(c.value), c.signed}, {percent(c.value), c.percent}, {duration(c.value), c.length},
		} {
			want := ""
			for _, r := range pair[1] { // the table is written with plain spaces
				if r == ' ' {
					r = '\u202f'
				}
				want += string(r)
			}
			got := ""
			for _, r := range pair[0] {
				if r == ' ' {
					r = '\u202f'
				}
				got += string(r)
			}
			if got != want {
				t.Errorf("%v, format %d: got %q, want %q", c.value, i, got, want)
			}
		}
	}
}

func TestMetricNames(t *testing.T) {
	for name, want := range map[string]string{
		"accuracy": "Accuracy", "top_3_accuracy": "Top-3 accuracy", "r2": "R²", "my_metric": "my metric", "": "(empty)", "top_x_accuracy": "top x accuracy",
	} {
		if got := metricName(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{
		"validation.loss": isolate + "validation" + endIsolate + " loss", "macro_f1": "macro F1", "test.roc_auc": isolate + "test" + endIsolate + " ROC AUC",
	} {
		if got := monitored(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
