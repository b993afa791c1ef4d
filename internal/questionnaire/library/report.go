package library

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Lines bounds how much of a list Report shows.
type Lines struct {
	Loud  int // drafts that are false today, or that a person has to read
	Quiet int // lines of every other list
	Named int // drafts that one such line names
}

// Short is as much as a person reads; Everything leaves nothing out.
func Short() Lines      { return Lines{Loud: 25, Quiet: 6, Named: 5} }
func Everything() Lines { return Lines{Loud: 1 << 30, Quiet: 1 << 30, Named: 1 << 30} }

// Sent is the drafts of one file, held.
type Sent struct {
	File File
	Held []Held
}

// Report says what today's evidence makes of the drafts of some files: the counts,
// then the lists, the loudest first, in each file and among the files. Text of the
// workbooks is in it as it stood: whoever prints it makes it fit for where it goes.
func Report(files []Sent, n Lines) []string {
	var lines []string
	var all []Held
	for _, s := range files {
		all = append(all, s.Held...)
	}
	if len(files) > 1 {
		lines = append(lines, fmt.Sprintf("%d files: %s", len(files), Count(all)))
	}
	loud := func(s Sent, v Verdict) int { return len(pick(s.Held, v)) }
	files = slices.Clone(files)
	slices.SortStableFunc(files, func(a, b Sent) int {
		return cmp.Or(loud(b, False)-loud(a, False), loud(b, Read)-loud(a, Read), b.File.Date.Compare(a.File.Date.Time))
	})
	for _, s := range files {
		lines = append(lines, report(s.File, s.Held, n)...)
	}
	return lines
}

func report(f File, held []Held, n Lines) []string {
	lines := []string{fmt.Sprintf("%s, sent on %s: %s", clip(f.Source, 80), f.Date, Count(held))}
	for _, value := range []string{"Yes", "No", "NA"} {
		lines = append(lines, sent(f, value, "is now false", "are now false", n.Loud, pick(held, False, value))...)
	}
	const against, around = "what we claim there is contradicted or not in place, and only you can tell whether it was said", "what stood over or beside the question is a part of what was asked"
	words := func(h Held) bool { return h.Around }
	lines = append(lines, toRead(f, against, n.Loud, slices.DeleteFunc(pick(held, Read), words))...)
	lines = append(lines, toRead(f, around, n.Loud, slices.DeleteFunc(pick(held, Read), func(h Held) bool { return !words(h) }))...)
	lines = append(lines, grouped("beyond a limit", "to be shown or signed again", n, held, Expired)...)
	lines = append(lines, grouped("not shown today", "what is missing", n, held, Unseen)...)
	for _, value := range []string{"No", "NA", "Yes"} {
		today := map[string]string{"Yes": "No"}[value]
		would := "would be " + cmp.Or(today, "Yes") + " today"
		lines = append(lines, sent(f, value, would, would, n.Quiet, pick(held, Better, value))...)
	}
	if slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, byWords) }) {
		lines = append(lines, strings.TrimSpace(byWords)+": the claim was found by the words of the question; read both before you act on it")
	}
	if list := claims(held, Unsupported); len(list) > 0 {
		lines = append(lines, of("that nothing of ours answers", held, Unsupported)+": "+named(list, n.Named))
	}
	return lines
}

// Count says how many drafts there are of each verdict.
func Count(held []Held) string {
	by := map[Verdict]int{}
	for _, h := range held {
		by[h.Verdict]++
	}
	parts := []string{fmt.Sprintf("%d false today", by[False])}
	for _, v := range Verdicts()[1:] {
		if by[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", by[v], meaning(v, by[v])))
		}
	}
	return fmt.Sprintf("%s; %s", plural(len(held), "answer"), strings.Join(parts, ", "))
}

func meaning(v Verdict, n int) string {
	switch v {
	case Read:
		return "to read"
	case Expired:
		return "beyond a limit"
	case Unseen:
		return "not shown today"
	case Better:
		return "better today"
	case Stands:
		if n == 1 {
			return "stands"
		}
		return "stand"
	case Differs:
		return "put otherwise today"
	}
	return "that nothing of ours answers"
}

// pick returns the drafts with a verdict, and with one of the values where any is given.
func pick(held []Held, v Verdict, values ...string) []Held {
	var out []Held
	for _, h := range held {
		if h.Verdict == v && (len(values) == 0 || slices.Contains(values, h.Value)) {
			out = append(out, h)
		}
	}
	return out
}

// claims returns those of pick that say that something good is so: a No that
// nothing stands behind is nobody's trouble.
func claims(held []Held, v Verdict) []Held {
	return slices.DeleteFunc(pick(held, v), func(h Held) bool { return !h.Claims })
}

// sent lists what was sent with one value, and what is so of it today.
func sent(f File, value, one, several string, most int, list []Held) []string {
	if len(list) == 0 {
		return nil
	}
	now := several
	if len(list) == 1 {
		now = one
	}
	slices.SortStableFunc(list, func(a, b Held) int { return min(len(b.Checks), 1) - min(len(a.Checks), 1) }) // evidence before plans
	out := []string{fmt.Sprintf("%s you sent on %s %s:", counted(len(list), value), f.Date, now)}
	return append(out, atMost(most, list, func(h Held) string {
		return fmt.Sprintf("%s: %s%s", h.name(), h.Says, h.by())
	})...)
}

// toRead lists what a person has to read, each with what was said. why is of all of them.
func toRead(f File, why string, most int, list []Held) []string {
	if len(list) == 0 {
		return nil
	}
	head := fmt.Sprintf("%s you sent on %s to read: %s:", plural(len(list), "answer"), f.Date, why)
	return append([]string{head}, atMost(most, list, func(h Held) string {
		return fmt.Sprintf("%s: you wrote %q; %s%s (%s)", h.name(), clip(oneLine(h.Draft.words()), 80), h.Says, h.by(), clip(h.Why, 240))
	})...)
}

func atMost(most int, list []Held, line func(Held) string) []string {
	var out []string
	for i, h := range list {
		if i == most {
			return append(out, fmt.Sprintf("  and %d more with --all", len(list)-most))
		}
		out = append(out, "  "+line(h))
	}
	return out
}

// of says how many of those with a verdict claim something.
func of(what string, held []Held, v Verdict) string {
	n, all := len(claims(held, v)), len(pick(held, v))
	switch {
	case n == all:
		return fmt.Sprintf("%d %s", n, what)
	case n == 1:
		return fmt.Sprintf("%d %s, of which 1 claims something", all, what)
	}
	return fmt.Sprintf("%d %s, of which %d claim something", all, what, n)
}

// grouped lists what claims something, by what would let it stand.
func grouped(what, then string, n Lines, held []Held, v Verdict) []string {
	list := claims(held, v)
	if len(list) == 0 {
		return nil
	}
	var order []string
	under := map[string][]Held{}
	for _, h := range list {
		k := cmp.Or(h.Need, h.Says)
		if under[k] == nil {
			order = append(order, k)
		}
		under[k] = append(under[k], h)
	}
	slices.SortStableFunc(order, func(a, b string) int { return len(under[b]) - len(under[a]) })
	out := []string{of(what, held, v) + "; " + then + ":"}
	for i, k := range order {
		if i == n.Quiet {
			left := 0
			for _, k := range order[i:] {
				left += len(under[k])
			}
			return append(out, fmt.Sprintf("  and %d more with --all", left))
		}
		out = append(out, fmt.Sprintf("  %s: %s", named(under[k], n.Named), k))
	}
	return out
}

// named names drafts by their IDs, or their cells.
func named(list []Held, most int) string {
	var out []string
	for i, h := range list {
		if i == most {
			return fmt.Sprintf("%s, and %d more with --all", strings.Join(out, ", "), len(list)-most)
		}
		out = append(out, clip(cmp.Or(h.Draft.ID, h.Draft.Sheet+"!"+h.Draft.Cell), 40))
	}
	return strings.Join(out, ", ")
}

// name is the question of a draft, and where it stood.
func (h Held) name() string {
	at := clip(h.Draft.Sheet, 40) + "!" + h.Draft.Cell
	if h.Draft.ID != "" {
		at = clip(h.Draft.ID, 40) + ", " + at
	}
	if h.Draft.Question == "" {
		return at
	}
	return fmt.Sprintf("%s %q", at, clip(oneLine(h.Draft.Question), 90))
}

// byWords marks an answer that was not found by an ID of the question.
const byWords = " (by its words)"

// by says what shows it, and how sure it is that it is about the question.
func (h Held) by() string {
	text := ""
	if len(h.Checks) > 0 {
		text = " [" + strings.Join(h.Checks, ", ") + "]"
	}
	if h.Matched {
		text += byWords
	}
	return text
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

// Drafts says how many there are.
func Drafts(n int) string { return plural(n, "draft") }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
