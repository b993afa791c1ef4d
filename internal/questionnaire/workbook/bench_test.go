package workbook_test

import (
	"fmt"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	wt "github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// BenchmarkFill reads a CAIQ, writes three cells a question, and gives the file:
// what `arxctl fill` does with a workbook but for deciding the answers.
func BenchmarkFill(b *testing.B) {
	for _, n := range []int{300, 10_000} {
		b.Run(fmt.Sprint(n, " questions"), func(b *testing.B) {
			in := wt.CAIQ("4.0.3", wt.Questions(n)).Bytes()
			edits := fill(n)
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				book, err := workbook.Read("in.xlsx", in)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := book.Apply(edits); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func fill(n int) []workbook.Edit {
	var edits []workbook.Edit
	for r := 3; r < n+3; r++ {
		for _, e := range [][2]string{{"C", "Yes"}, {"D", "CSP-owned"}, {"E", "Shown on build 1a2b3c in environment staging on 2026-11-20 by tenancy.isolation, 23 of 23 tables."}} {
			edits = append(edits, workbook.Edit{Sheet: "CAIQv4.0.3", Ref: fmt.Sprint(e[0], r), Value: e[1]})
		}
	}
	return edits
}
