package library

import (
	"fmt"
	"strings"
)

// Report says what today's evidence makes of the drafts of one file, the loudest
// first. Text of the workbook is in it as it stood: whoever prints it makes it
// fit for where it goes.
func Report(f File, held []Held) []string {
	var lines []string
	counts := map[Verdict]int{}
	for _, h := range held {
		counts[h.Verdict]++
	}
	for _, g := range []struct {
		verdict Verdict
		value   string
		now     [2]string // one, several
	}{
		{False, "Yes", [2]string{"is now false", "are now false"}}, {False, "No", [2]string{"is now false", "are now false"}}, {False, "NA", [2]string{"is now false", "are now false"}},
		{Better, "No", [2]string{"would be Yes today", "would be Yes today"}}, {Better, "NA", [2]string{"would be Yes today", "would be Yes today"}}, {Better, "Yes", [2]string{"would be No today", "would be No today"}},
	} {
		var list []Held
		for _, h := range held {
			if h.Verdict == g.verdict && h.Value == g.value {
				list = append(list, h)
			}
		}
		if len(list) == 0 {
			continue
		}
		now := g.now[1]
		if len(list) == 1 {
			now = g.now[0]
		}
		lines = append(lines, fmt.Sprintf("%s you sent on %s %s:", counted(len(list), g.value), f.Date, now))
		for _, h := range list {
			lines = append(lines, "  "+h.line(f))
		}
	}
	var parts []string
	for _, v := range Verdicts() {
		if n := counts[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, meaning(v, n)))
		}
	}
	return append(lines, fmt.Sprintf("%s: %d drafts of %s: %s", f.Source, len(held), f.Date, strings.Join(parts, ", ")))
}

// line names the question, where it stood, what is so today, and which checks say so.
func (h Held) line(f File) string {
	what := h.Draft.ID
	if what == "" {
		what = clip(h.Draft.Question, 90)
	}
	text := fmt.Sprintf("%s (%s, %s!%s): %s", what, f.Source, h.Draft.Sheet, h.Draft.Cell, h.Says)
	if len(h.Checks) > 0 {
		text += " [" + strings.Join(h.Checks, ", ") + "]"
	}
	if h.Matched {
		text += " (matched by its words: read it before you act on it)"
	}
	return text
}

func meaning(v Verdict, n int) string {
	switch v {
	case False:
		return "false today"
	case Better:
		return "better today"
	case Stands:
		if n == 1 {
			return "stands today"
		}
		return "stand today"
	}
	return "with nothing behind it today"
}

// counted says how many of a value, in words as far as ten.
func counted(n int, value string) string {
	small := []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}
	many := map[string]string{"Yes": "Yeses", "No": "Noes", "NA": "NAs"}[value]
	if n == 1 {
		many = value
	}
	if n < len(small) {
		return small[n] + " " + many
	}
	return fmt.Sprintf("%d %s", n, many)
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
