package library_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire/library"
)

func TestReportIsBoundedAndSaysHowMuchItLeavesOut(t *testing.T) {
	f := library.File{Source: "CAIQ.xlsx", Date: yamldoc.Date{Time: sent}}
	var list []library.Held
	add := func(n int, h library.Held) {
		for range n {
			h.Draft = library.Draft{Sheet: "S", Cell: fmt.Sprintf("C%d", len(list)+1), Question: "Is it so?", Answer: "As\nit \"was\""}
			list = append(list, h)
		}
	}
	add(40, library.Held{Verdict: library.False, Value: "Yes", Claims: true, Says: "No: it failed", Checks: []string{"a.b"}})
	add(30, library.Held{Verdict: library.Read, Claims: true, Says: "No: it failed", Why: "in words"})
	add(1, library.Held{Verdict: library.Unseen, Value: "No"})
	add(9, library.Held{Verdict: library.Unseen, Value: "Yes", Claims: true, Need: "arxctl check --only a.b"})
	for i := range 20 {
		add(1, library.Held{Verdict: library.Expired, Value: "Yes", Claims: true, Says: fmt.Sprint("shown too long ago: ", i)})
	}
	add(500, library.Held{Verdict: library.Unsupported, Value: "Yes", Claims: true})
	add(7, library.Held{Verdict: library.Unsupported, Value: "No"})
	short := library.Report([]library.Sent{{File: f, Held: list}}, library.Short())
	text := strings.Join(short, "\n")
	if len(short) > 80 {
		t.Errorf("%d lines", len(short))
	}
	for _, want := range []string{
		"CAIQ.xlsx, sent on 2025-11-03: 607 answers; 40 false today, 30 to read, 20 beyond a limit, 10 not shown today, 507 that nothing of ours answers",
		"\n40 Yeses you sent on 2025-11-03 are now false:\n  S!C1 \"Is it so?\": No: it failed [a.b]\n",
		"\n  and 15 more with --all\n30 answers you sent on 2025-11-03 to read: ",
		`you wrote "As it \"was\""; No: it failed (in words)`,
		"\n  and 14 more with --all\n10 not shown today, of which 9 claim something; what is missing:\n",
		"\n  S!C72, S!C73, S!C74, S!C75, S!C76, and 4 more with --all: arxctl check --only a.b\n",
		"\n507 that nothing of ours answers, of which 500 claim something: S!C101, ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	all := library.Report([]library.Sent{{File: f, Held: list}}, library.Everything())
	for _, h := range list {
		if at := h.Draft.Sheet + "!" + h.Draft.Cell; h.Claims && !slices.ContainsFunc(all, func(l string) bool {
			return strings.Contains(l+",", at+",") || strings.Contains(l, at+" ") || strings.Contains(l, at+":")
		}) {
			t.Errorf("%s is named nowhere, though everything was asked for", at)
		}
	}
}

func TestTheFileWithTheFalseYesComesFirst(t *testing.T) {
	file := func(name string, day int, v library.Verdict) library.Sent {
		return library.Sent{File: library.File{Source: name, Date: yamldoc.Date{Time: sent.AddDate(0, 0, day)}},
			Held: []library.Held{{Verdict: v, Value: "Yes", Claims: true, Why: "in words", Says: "No"}}}
	}
	text := strings.Join(library.Report([]library.Sent{file("quiet.xlsx", 0, library.Stands), file("newer.xlsx", 3, library.Stands), file("read.xlsx", 0, library.Read), file("false.xlsx", 0, library.False)}, library.Short()), "\n")
	if !strings.HasPrefix(text, "4 files: 4 answers; 1 false today, 1 to read, 2 stand\nfalse.xlsx, sent on 2025-11-03: 1 answer; 1 false today\n") {
		t.Error(text)
	}
	at := -1
	for _, name := range []string{"false.xlsx, ", "read.xlsx, ", "newer.xlsx, ", "quiet.xlsx, "} {
		i := strings.Index(text, name)
		if i < at {
			t.Errorf("%s stands too early in\n%s", name, text)
		}
		at = i
	}
}
