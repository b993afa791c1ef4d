package workbook

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// format is how a number is shown, as far as it changes what a number is taken
// for: 1.1 in the format 0.00 is the question 1.10, and 45964 may be a date. The
// zero format is General.
type format struct {
	date     bool
	percent  bool
	fixed    bool
	decimals int
	masks    bool // a text is shown as another, or not at all
}

// builtIn is the formats that files name by number alone (ECMA-376 part 1,
// 18.8.30).
func builtIn(id int) format {
	switch {
	case id == 1:
		return format{fixed: true}
	case id == 2:
		return format{fixed: true, decimals: 2}
	case id == 9:
		return format{percent: true}
	case id == 10:
		return format{percent: true, decimals: 2}
	case id >= 14 && id <= 17 || id == 22 || id >= 27 && id <= 31 || id == 36:
		return format{date: true}
	}
	return format{}
}

var (
	asides = regexp.MustCompile(`\\.|"[^"]*"|\[[^\]]*\]|_.|\*.`) // what a format shows beside the number: literals, colours, fill
	digits = regexp.MustCompile(`^0(?:\.(0+))?(%?)$`)
)

// formatOf reads the code of a format: the first of its sections.
func formatOf(code string) format {
	masks := masked(code)
	code, _, _ = strings.Cut(code, ";")
	code = asides.ReplaceAllString(code, "")
	code = strings.ToLower(strings.TrimSpace(code))
	if m := digits.FindStringSubmatch(code); m != nil {
		return format{fixed: m[2] == "", percent: m[2] != "", decimals: len(m[1]), masks: masks}
	}
	return format{masks: masks, date: strings.Contains(code, "y") || strings.Contains(code, "d") && strings.Contains(code, "m")}
}

// sections are the parts of a code, which semicolons part outside of what is shown
// as it stands.
var sections = regexp.MustCompile(`(?:\\.|"[^"]*"|\[[^\]]*\]|_.|\*.|[^;])*`)

// masked reports whether a code shows a text as something else than itself. Its
// section for texts is the fourth, or the last where an @ stands in it; without
// one, texts are shown as they are (ECMA-376 part 1, 18.8.31). Colours and space do
// not count.
func masked(code string) bool {
	var parts []string
	for at := 0; at <= len(code); {
		end := sections.FindStringIndex(code[at:])[1]
		parts = append(parts, code[at:at+end])
		at += end + 1
	}
	last := blanks.ReplaceAllString(parts[min(len(parts), 4)-1], "")
	if len(parts) < 4 && !strings.Contains(asides.ReplaceAllString(last, ""), "@") {
		return false
	}
	return last != "@" && !strings.EqualFold(last, "General")
}

// blanks is what of a section shows nothing: space, fill with space, colours.
var blanks = regexp.MustCompile(`\[[^\]]*\]|_.|\* |\\ |" *"| `)

// show is a stored number as text: a date as 2025-11-03.
func (f format) show(stored string, from1904 bool) string {
	n, err := strconv.ParseFloat(stored, 64)
	if err != nil {
		return stored
	}
	switch {
	case f.date && n >= 61 && n < 2_958_466: // day 60 is the 29 February 1900 that never was; the last day is 9999-12-31
		first := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
		if from1904 {
			first = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		return first.AddDate(0, 0, int(n)).Format(time.DateOnly)
	case f.percent:
		return strconv.FormatFloat(n*100, 'f', f.decimals, 64) + "%"
	case f.fixed:
		return strconv.FormatFloat(n, 'f', f.decimals, 64)
	}
	return numberText(stored)
}
