package data

import (
	"strings"
	"testing"
)

// unitCases are texts with a unit, and the number that they are; "" is none.
var unitCases = []struct{ unit, text, want string }{
	{"$", "$5", "5"}, {"$", "5$", "5"}, {"$", "$ 5.50", "5.5"}, {"$", "-$5", "-5"}, {"$", "$-5", "-5"}, {"$", "- $5", "-5"}, {"$", "+$5", "5"},
	{"$", "5", "5"}, {"$", " $5 ", "5"}, {"$", "$1e3", "1000"}, {"$", "$", ""}, {"$", "$$5", ""}, {"$", "$5$", ""}, {"$", "\u20ac5", ""}, {"$", "5 kg", ""}, {"$", "--$5", ""},
	{"\u20ac", "1.5 \u20ac", "1.5"}, {"\u20ac", "1.5\u00a0\u20ac", "1.5"}, {"\u20ac", "1.5\u202f\u20ac", "1.5"},
	{"%", "37%", "37"}, {"%", "37 %", "37"}, {"%", "-0.5 %", "-0.5"}, {"%", "%", ""},
	{`"`, `37"`, "37"}, {"kg", "12 kg", "12"}, {"kg", "12kg", "12"}, {"kg", "12 g", ""}, {"kg", "12 KG", ""}, {"kg", "kg", ""}, {"h", "1.5h", "1.5"}, {"km/h", "80 km/h", "80"},
	{"US$", "US$12", "12"}, {"kg", "0x10 kg", ""}, {"kg", "1_000 kg", ""}, {"kg", "NaN kg", ""}, {"kg", "1e300 kg", ""},
}

func TestF29_NumbersWithUnits(t *testing.T) {
	for _, c := range unitCases {
		r := CellRule{Column: "c", As: AsNumber, Missing: MissingError, Unit: c.unit}
		v, err := r.Read(Cell{c.text, String})
		switch {
		case c.want == "" && err == nil:
			t.Errorf("%q with the unit %q is %v", c.text, c.unit, v.Number)
		case c.want == "" && (!strings.Contains(err.Error(), show(c.text)) || !strings.Contains(err.Error(), c.unit)):
			t.Errorf("%q with the unit %q: %v", c.text, c.unit, err)
		case c.want != "":
			if want, _ := ParseNumber(c.want); err != nil || v.Number != want {
				t.Errorf("%q with the unit %q is %v, want %s (%v)", c.text, c.unit, v.Number, c.want, err)
			}
		}
	}
	r := CellRule{Column: "c", As: AsNumber, Missing: MissingMask, Unit: "\u20ac"}.In(Dialect{Decimal: ",", Thousands: ".", MissingValues: []string{"-"}})
	for text, want := range map[string]float64{"1.234,50 \u20ac": 1234.5, "-\u20ac 3,5": -3.5, "12": 12} {
		if v, err := r.Read(Cell{text, String}); err != nil || v.Number != want {
			t.Errorf("%q is %v, want %v (%v)", text, v.Number, want, err)
		}
	}
	if v, err := r.Read(Cell{"1.5", Number}); err != nil || v.Number != 1.5 {
		t.Errorf("the JSON number 1.5 is %v (%v)", v.Number, err)
	}
	if v, err := r.Read(Cell{"-", String}); err != nil || !v.Missing {
		t.Errorf("a missing value is %v (%v)", v, err)
	}
}
