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
	files := []library.Sent{file("quiet.xlsx", 0, library.Stands), file("newer.xlsx", 3, library.Stands), file("read.xlsx", 0, library.Read), file("false.xlsx", 0, library.False)}
	text := strings.Join(library.Report(files, library.Short()), "\n")
	if files[0].File.Source != "quiet.xlsx" {
		t.Error("the files of whoever asks are put in another order")
	}
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

// TestReport reads a whole report: each list in its order and its words, for one
// thing and for several.
func TestReport(t *testing.T) {
	long := strings.Repeat("x", 300)
	list := []library.Held{
		{Draft: library.Draft{ID: "A.1", Sheet: "S", Cell: "C1", Question: "Is\nit?"}, Verdict: library.False, Value: "Yes", Claims: true, Says: "No: planned for spring", Matched: true},
		{Draft: library.Draft{ID: "A.2", Sheet: "S", Cell: "C2"}, Verdict: library.False, Value: "Yes", Claims: true, Says: "No: it failed", Checks: []string{"a.b", "c.d"}},
		{Draft: library.Draft{Sheet: "S", Cell: "C3"}, Verdict: library.False, Value: "No", Claims: true, Says: "it failed"},
		{Draft: library.Draft{Sheet: "S", Cell: "C4"}, Verdict: library.False, Value: "NA", Says: "it applies"},
		{Draft: library.Draft{Sheet: "S", Cell: "C5"}, Verdict: library.Better, Value: "No", Says: "it holds"},
		{Draft: library.Draft{Sheet: "S", Cell: "C6"}, Verdict: library.Better, Value: "NA", Says: "it holds"},
		{Draft: library.Draft{Sheet: "S", Cell: "C7"}, Verdict: library.Better, Value: "Yes", Says: "it holds"},
		{Draft: library.Draft{Sheet: "S", Cell: "C8"}, Verdict: library.Stands, Value: "Yes", Claims: true},
		{Draft: library.Draft{Sheet: "S", Cell: "C9"}, Verdict: library.Differs, Claims: true},
		{Draft: library.Draft{Sheet: "S", Cell: "C10", Answer: "See\nbelow", Comment: long}, Verdict: library.Read, Claims: true, Says: "not so", Why: long},
		{Draft: library.Draft{Sheet: "S", Cell: "C11", Answer: "Please select", Comment: "By hand"}, Verdict: library.Read, Claims: true, Says: "not so", Why: "in words"},
		{Draft: library.Draft{ID: "U.1"}, Verdict: library.Unseen, Value: "Yes", Claims: true, Need: "this"},
		{Draft: library.Draft{ID: "U.2"}, Verdict: library.Unseen, Value: "Yes", Claims: true, Says: "that"},
		{Draft: library.Draft{ID: "U.3"}, Verdict: library.Unseen, Value: "Yes", Claims: true, Says: "that"},
		{Draft: library.Draft{ID: "U.4"}, Verdict: library.Unseen, Value: "No"},
		{Draft: library.Draft{ID: "E.1"}, Verdict: library.Expired, Value: "Yes", Claims: true, Says: "too old"},
		{Draft: library.Draft{ID: "E.2"}, Verdict: library.Expired, Value: "No"},
		{Draft: library.Draft{ID: "N.1"}, Verdict: library.Unsupported, Value: "Yes", Claims: true},
	}
	files := []library.Sent{{File: library.File{Source: long + ".xlsx", Date: yamldoc.Date{Time: sent}}, Held: list}}
	got := strings.Join(library.Report(files, library.Short()), "\n")
	if want := strings.NewReplacer("X240", long[:240], "X80", long[:80], "X69", long[:69]).Replace(`X80…, sent on 2025-11-03: 18 answers; 4 false today, 2 to read, 2 beyond a limit, 4 not shown today, 3 better today, 1 stands, 1 put otherwise today, 1 that nothing of ours answers
two Yeses you sent on 2025-11-03 are now false:
  A.2, S!C2: No: it failed [a.b, c.d]
  A.1, S!C1 "Is it?": No: planned for spring (by its words)
one No you sent on 2025-11-03 is now false:
  S!C3: it failed
one NA you sent on 2025-11-03 is now false:
  S!C4: it applies
2 answers you sent on 2025-11-03 to read: what we claim there is contradicted or not in place, and only you can tell whether it was said:
  S!C10: you wrote "See below: X69…"; not so (X240…)
  S!C11: you wrote "By hand"; not so (in words)
2 beyond a limit, of which 1 claims something; to be shown or signed again:
  E.1: too old
4 not shown today, of which 3 claim something; what is missing:
  U.2, U.3: that
  U.1: this
one No you sent on 2025-11-03 would be Yes today:
  S!C5: it holds
one NA you sent on 2025-11-03 would be Yes today:
  S!C6: it holds
one Yes you sent on 2025-11-03 would be No today:
  S!C7: it holds
(by its words): the claim was found by the words of the question; read both before you act on it
1 that nothing of ours answers: N.1`); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
