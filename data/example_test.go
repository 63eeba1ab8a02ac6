package data_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality/tabular"
	"github.com/chiasm-ml/chiasm/modality/text"
	"github.com/chiasm-ml/chiasm/modality/text/tokenizer"
)

const products = `title,price,maker,kind
red wool scarf,12.5,acme,scarf
blue wool hat,9,bolt,hat
green hat,,acme,hat
warm scarf,14,bolt,scarf
,11,acme,hat
old red hat,8.5,acme,hat
`

// A table of texts, numbers and categories becomes batches.
func Example() {
	ctx := context.Background()
	r, err := data.NewReader(strings.NewReader(products), "products.csv", data.Options{Format: data.CSV})
	if err != nil {
		log.Fatal(err)
	}
	table, err := data.ReadAll(ctx, r)
	if err != nil {
		log.Fatal(err)
	}
	title, err := text.NewTokens(text.Common{Column: "title", MaxTokens: 8, Missing: data.MissingMask}, tokenizer.Defaults())
	if err != nil {
		log.Fatal(err)
	}
	facts, err := tabular.New(tabular.Options{Numeric: []string{"price"}, Categorical: []string{"maker"}, Missing: data.MissingMask, Transform: "none", MinCount: 1})
	if err != nil {
		log.Fatal(err)
	}
	kind, err := data.NewTarget(data.TargetConfig{Type: data.Binary, Column: "kind"})
	if err != nil {
		log.Fatal(err)
	}

	splits, err := data.SplitConfig{Train: 0.7, Test: 0.3, Stratify: "kind"}.Split(table, 1)
	if err != nil {
		log.Fatal(err)
	}
	inputs := []data.Input{{Name: "title", Preprocessor: title}, {Name: "facts", Preprocessor: facts}}
	report := data.NewReport(table, data.Columns(inputs, kind))
	if err := data.Fit(ctx, table, splits, inputs, kind, report); err != nil {
		log.Fatal(err)
	}
	dataset, err := data.NewDataset(table, inputs, kind, data.DatasetOptions{Splits: splits, Report: report})
	if err != nil {
		log.Fatal(err)
	}
	rows := make([]int, table.Len())
	for i := range rows {
		rows[i] = i
	}
	loader, err := data.NewLoader(dataset, rows, data.LoaderOptions{BatchSize: 4, Workers: 2})
	if err != nil {
		log.Fatal(err)
	}
	for batch, err := range loader.Epoch(ctx, 0, 0) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("rows", batch.Rows, "have a title", batch.Present[0], "are scarves", batch.Target.F32)
	}
	for _, c := range report.Cells() {
		if c.Reason == data.Masked {
			fmt.Println(c.Column, c.Reason, "in row", c.First)
		}
	}
	// Output:
	// rows [0 1 2 3] have a title [1 1 1 1] are scarves [1 0 0 1]
	// rows [4 5] have a title [0 1] are scarves [0 0]
	// price masked in row [3]
	// title masked in row [5]
}

// What is wrong with a table is said in one line.
func ExampleReadAll() {
	r, err := data.NewReader(strings.NewReader("title,price\nhat,9\nscarf\n"), "products.csv", data.Options{Format: data.CSV})
	if err != nil {
		log.Fatal(err)
	}
	_, err = data.ReadAll(context.Background(), r)
	fmt.Println(err)
	// Output: products.csv: row 2 (line 3): the row has 1 cell, the header has 2 columns
}

func ExampleParseNumber() {
	for _, s := range []string{"-1.5e3", "1,5", "1_000"} {
		v, err := data.ParseNumber(s)
		fmt.Println(v, err)
	}
	// Output:
	// -1500 <nil>
	// 0 "1,5" is not a number (write a decimal point, and no thousands separator)
	// 0 "1_000" is not a number (write 1000)
}

// Rows of one patient stay in one split.
func ExampleSplitConfig_Split() {
	table, err := data.NewTable("scans.csv", data.Strings("patient", "ann", "bob", "ann", "cid", "dan", "bob", "eve", "fay"))
	if err != nil {
		log.Fatal(err)
	}
	splits, err := data.SplitConfig{Train: 0.5, Validation: 0.25, Test: 0.25, Group: "patient"}.Split(table, 5)
	if err != nil {
		log.Fatal(err)
	}
	patients, err := table.Column("patient")
	if err != nil {
		log.Fatal(err)
	}
	for name, rows := range splits.All() {
		fmt.Print(name, ":")
		for _, row := range rows {
			fmt.Print(" ", patients.Cell(row).Text)
		}
		fmt.Println()
	}
	// Output:
	// train: bob dan bob eve
	// validation: ann ann cid
	// test: fay
}
