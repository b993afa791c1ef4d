package layout

import (
	"fmt"
	"strings"
)

// Explain is what was recognised, for a person to check before anything is written.
func (l *Layout) Explain() string {
	var b strings.Builder
	by := "recognised"
	if l.Given {
		by = "as the layout file says"
	}
	fmt.Fprintf(&b, "%s layout, %s: %d questions in %d tables; %s\n", l.Family, by, l.Questions(), len(l.Tables), strings.Join(l.Why, "; "))
	for _, t := range l.Tables {
		fmt.Fprintf(&b, "sheet %q: %d questions, rows %d to %d", t.Sheet, len(t.Rows), t.Rows[0].Number, t.Rows[len(t.Rows)-1].Number)
		if t.Header > 0 {
			fmt.Fprintf(&b, ", headers in row %d", t.Header)
		}
		b.WriteString("\n")
		for _, role := range Roles() {
			c, ok := t.Columns[role]
			switch {
			case !ok:
			case c.Header == "":
				fmt.Fprintf(&b, "  %-8s %s\n", role, c.Letter)
			default:
				fmt.Fprintf(&b, "  %-8s %-2s %q\n", role, c.Letter, clip(c.Header, 70))
			}
		}
	}
	for _, x := range l.Left {
		fmt.Fprintf(&b, "sheet %q: left alone, it %s\n", x.Sheet, x.Why)
	}
	return b.String()
}
