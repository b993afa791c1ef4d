package match

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxWords bounds how much of a question is read: what is longer than a page is
// no question.
const maxWords = 400

// word is one word in lower case, its stem, and how it was written where a slip of
// the pen was mended.
type word struct{ raw, stem, own string }

// split cuts text into words. A full stop or a percent sign inside a number
// stays with it, as in 1.2 and 99.9%.
func split(text string) []word {
	var out []word
	var b strings.Builder
	flush := func() {
		if raw := strings.TrimRight(b.String(), "."); raw != "" && len(out) < maxWords {
			out = append(out, word{raw, stem(raw), raw})
		}
		b.Reset()
	}
	prev := ' '
	runes := []rune(text)
	for i, r := range runes {
		next := ' '
		if i+1 < len(runes) {
			next = runes[i+1]
		}
		switch r = fold(r); {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(unicode.ToLower(r))
		case r == '.' && unicode.IsDigit(prev) && unicode.IsDigit(next), r == '%' && unicode.IsDigit(prev):
			b.WriteRune(r)
		case r == '\'' && (next == 's' || next == 'S'):
			flush() // "tenant's" is tenant and s, which means nothing
		case r == '\'':
		default:
			flush()
		}
		prev = r
	}
	flush()
	return slices.DeleteFunc(out, func(w word) bool { return w.raw == "s" })
}

// fold reads typographic quotes and full stops as plain ones.
func fold(r rune) rune {
	switch r {
	case '\u2019', '\u2018', '\u02bc':
		return '\''
	}
	return r
}

// american are endings that British and American English spell differently.
// They only have to fall together: what else they touch is touched alike on
// both sides.
var american = [...][2]string{{"isation", "ization"}, {"ising", "izing"}, {"ised", "ized"}, {"ise", "ize"}, {"ises", "izes"},
	{"yse", "yze"}, {"ysed", "yzed"}, {"our", "or"}, {"ours", "ors"}, {"oured", "ored"}, {"centre", "center"}, {"centres", "centers"}, {"programme", "program"},
	{"programmes", "programs"}, {"licence", "license"}, {"licences", "licenses"}, {"defence", "defense"}, {"elled", "eled"}, {"elling", "eling"}}

// endings are cut off, the first that fits, where at least four letters remain
// (three for the plural).
var endings = [...]struct {
	cut, put string
	keep     int
}{
	{"izations", "iz", 4}, {"ization", "iz", 4}, {"ications", "i", 4}, {"ication", "i", 4}, {"ations", "", 4}, {"ation", "", 4}, {"itions", "it", 4}, {"ition", "it", 4},
	{"ements", "", 4}, {"ement", "", 4}, {"ments", "ment", 3}, {"ities", "", 4}, {"ity", "", 4}, {"ating", "", 4}, {"ated", "", 4}, {"ates", "", 4}, {"ate", "", 4},
	{"ively", "", 4}, {"ive", "", 4}, {"izing", "iz", 3}, {"ized", "iz", 3}, {"izes", "iz", 3}, {"ize", "iz", 3}, {"ions", "", 4}, {"ion", "", 4}, {"ings", "", 3}, {"ing", "", 3},
	{"ies", "y", 3}, {"ied", "y", 3}, {"edly", "", 4}, {"ed", "", 3}, {"sses", "ss", 2}, {"ches", "ch", 3}, {"shes", "sh", 3}, {"xes", "x", 2}, {"es", "e", 3}, {"ally", "", 4}, {"ly", "", 4}, {"al", "", 5},
}

// stem returns what the forms of a word have in common: encrypt for encrypted,
// encryption and encrypting. It is a light stemmer: forms that it leaves apart
// are listed in the lexicon.
func stem(raw string) string {
	s := raw
	if apart(raw) {
		return s
	}
	if utf8.RuneCountInString(s) < 4 || strings.ContainsFunc(s, unicode.IsDigit) {
		return s
	}
	for _, e := range american {
		if base, ok := strings.CutSuffix(s, e[0]); ok && (len(base) >= 3 || base == "") {
			s = base + e[1]
			break
		}
	}
	for _, e := range endings {
		if base, ok := strings.CutSuffix(s, e.cut); ok && len(base) >= e.keep {
			s = base + e.put
			break
		}
	}
	if strings.HasSuffix(s, "s") && !strings.HasSuffix(s, "ss") && !strings.HasSuffix(s, "us") && !strings.HasSuffix(s, "is") && len(s) > 3 {
		s = s[:len(s)-1]
	}
	if n := len(s); n > 4 && s[n-1] == s[n-2] && !strings.ContainsRune("lsz", rune(s[n-1])) {
		s = s[:n-1] // scann, of scanning
	}
	if n := len(s); n > 3 && (s[n-1] == 'e' || s[n-1] == 'y') {
		s = s[:n-1]
	}
	return s
}

// apart is a word that cut would fall together with another: integrity is no
// integration, personal no person, programming no programme, and to inform no
// information.
func apart(raw string) bool {
	return raw == "integrity" || raw == "personal" || raw == "programming" || raw == "information"
}

// near reports whether two words differ by one slip of the pen: a letter left
// out, added, changed or swapped with its neighbour; by two in words of nine
// letters or more.
func near(a, b string) bool {
	limit := 1
	if min(len(a), len(b)) >= 11 {
		limit = 2
	}
	if a == b {
		return true
	}
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return false
	}
	if limit == 1 && len(a) == len(b) && !vowelsFor(a, b) {
		return false // charge is no slip for change
	}
	return distance([]rune(a), []rune(b), limit) <= limit
}

// vowelsFor reports whether words of one length differ in vowels only, as
// tenents and tenants do, or by two letters that changed places.
func vowelsFor(a, b string) bool {
	for i := range len(a) {
		if a[i] != b[i] {
			swapped := i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i]
			return swapped || strings.IndexByte("aeiouy", a[i]) >= 0 && strings.IndexByte("aeiouy", b[i]) >= 0
		}
	}
	return true
}

// distance is the restricted Damerau-Levenshtein distance, given up beyond limit.
func distance(a, b []rune, limit int) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
