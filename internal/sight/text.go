package sight

import (
	"fmt"
	"io"
	"strings"

	"github.com/arxsec/arxctl/internal/stack/roles"
)

// Text writes the report for a person. Names of a stack may be in it; the caller's
// writer keeps them from moving a terminal's cursor.
func (r *Report) Text(w io.Writer) {
	for _, d := range r.Doors {
		fmt.Fprintf(w, "%-13s %s\n", d.Name, d.State)
		for _, list := range []struct {
			word  string
			lines []string
		}{{"sees", d.Sees}, {"not", d.Not}, {"BLIND", d.Complaints}} {
			for _, s := range list.lines {
				fmt.Fprintf(w, "  %-6s %s\n", list.word, s)
			}
		}
	}
	fmt.Fprintf(w, "\n%d of %d checks can look\n", r.Possible(), len(r.Checks))
	for _, c := range r.Checks {
		switch {
		case c.Looks && c.Why != "":
			fmt.Fprintf(w, "  looks  %s: %s\n", c.ID, c.Why)
		case c.Looks:
			fmt.Fprintf(w, "  looks  %s\n", c.ID)
		case c.Aside:
			fmt.Fprintf(w, "  aside  %s: %s\n", c.ID, c.Why)
		default:
			fmt.Fprintf(w, "  BLIND  %s: %s\n", c.ID, c.Why)
		}
	}
	for _, l := range r.Lines {
		Lines(w, l)
	}
}

// Lines writes what to paste into psql.
func Lines(w io.Writer, l roles.Lines) {
	kind := "Paste into psql, as a superuser"
	if l.Optional {
		kind = "Optional, more is seen with it: paste into psql, as a superuser"
	}
	fmt.Fprintf(w, "\n%s (%s):\n\n%s\n", kind, l.For, strings.Join(l.SQL, "\n"))
	for _, s := range l.Then {
		fmt.Fprintf(w, "-- then %s\n", s)
	}
}
