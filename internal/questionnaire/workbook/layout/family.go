package layout

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	caiqID   = regexp.MustCompile(`^[A-Z]{3}-\d{2}\.\d{1,2}$|^[A-Z]&[A-Z]-\d{2}\.\d{1,2}$`)
	sigID    = regexp.MustCompile(`^[A-Z](\.\d{1,3}){1,6}$`)
	hecvatID = regexp.MustCompile(`^[A-Z]{4}-\d{2}$`)
	anyID    = regexp.MustCompile(`^[A-Z&]{1,8}[-. ]?\d+([.-]\d+)*[a-z]?$|^\d+(\.\d+)*\.?[a-z]?$`)

	saysCAIQ   = regexp.MustCompile(`(?i)\bCAIQ|consensus assessments? initiative`)
	saysSIG    = regexp.MustCompile(`\bSIG\b|(?i:standardi[sz]ed information gathering)`)
	saysHECVAT = regexp.MustCompile(`(?i)\bHECVAT|higher education community vendor`)
	saysMVSP   = regexp.MustCompile(`(?i)\bMVSP|minimum viable secure product`)
)

// recogniseFamily goes by what the workbook says it is, by headers that only one
// family has, and by the shape of the IDs.
func (l *Layout) recogniseFamily() {
	l.Family = Plain
	for _, f := range []struct {
		family Family
		says   *regexp.Regexp
		id     *regexp.Regexp
	}{{CAIQ, saysCAIQ, caiqID}, {HECVAT, saysHECVAT, hecvatID}, {SIG, saysSIG, sigID}, {MVSP, saysMVSP, nil}} {
		var why []string
		for _, t := range l.Titles {
			if f.says.MatchString(t) && len(why) < 2 {
				why = append(why, fmt.Sprintf("%q", clip(t, 80)))
			}
		}
		for _, t := range l.Tables {
			for _, r := range []Role{Answer, Owner} {
				h := t.Columns[r].Header
				if f.family == CAIQ && (saysCAIQ.MatchString(h) || strings.Contains(normal(h), "ssrm")) && len(why) < 3 {
					why = append(why, fmt.Sprintf("the header %q", h))
				}
			}
		}
		// An ID with a letter and dots says SIG only where the workbook does too: many a buyer numbers so.
		if f.id != nil && (f.family == CAIQ || f.family == HECVAT) {
			if k, n := l.shaped(f.id); n > 0 && k*10 >= n*8 {
				why = append(why, fmt.Sprintf("%d of %d IDs have the shape of its own", k, n))
			}
		}
		if n := l.letteredTabs(); f.family == SIG && n > 4 {
			why = append(why, fmt.Sprintf("%d tabs, each with a letter and IDs that begin with it", n))
		}
		if len(why) > 0 {
			l.Family, l.Why = f.family, why
			return
		}
	}
	l.Why = []string{"nothing in it names a framework"}
}

// letteredTabs counts the tabs that are named by a letter which their IDs
// begin with, as the SIG had them.
func (l *Layout) letteredTabs() int {
	n := 0
	for _, t := range l.Tables {
		letter, k, all := t.Sheet[:min(1, len(t.Sheet))], 0, 0
		for _, r := range t.Rows {
			if r.ID == "" {
				continue
			}
			all++
			if sigID.MatchString(r.ID) && r.ID[:1] == letter {
				k++
			}
		}
		if k*10 >= all*8 { // a buyer may have added some
			n++
		}
	}
	return n
}

func (l *Layout) shaped(id *regexp.Regexp) (k, n int) {
	for _, t := range l.Tables {
		for _, r := range t.Rows {
			if r.ID == "" {
				continue
			}
			n++
			if id.MatchString(r.ID) {
				k++
			}
		}
	}
	return k, n
}
