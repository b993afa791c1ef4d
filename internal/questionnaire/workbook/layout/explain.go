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
		for _, c := range t.Beside {
			fmt.Fprintf(&b, "  beside   %-2s %q: nothing is written there; where words stand in it, a person decides\n", c.Letter, clip(c.Header, 70))
		}
	}
	for _, x := range l.Left {
		fmt.Fprintf(&b, "sheet %q: left alone, it %s\n", x.Sheet, x.Why)
	}
	for _, u := range l.Unread {
		fmt.Fprintf(&b, "not read: %s\n", u)
		for i, r := range u.Rows {
			if i == mostListed {
				fmt.Fprintf(&b, "  and %d more\n", len(u.Rows)-i)
				break
			}
			fmt.Fprintf(&b, "  row %d: %q\n", r.Row, clip(r.Text, 70))
		}
	}
	if n := len(l.LeftRows); n > 0 {
		fmt.Fprintf(&b, "rows with text that ask nothing, left out: %d\n", n)
	}
	for i, r := range l.LeftRows {
		if i == mostListed {
			fmt.Fprintf(&b, "  and %d more\n", len(l.LeftRows)-i)
			break
		}
		fmt.Fprintf(&b, "  %s, row %d: %q: %s\n", r.Sheet, r.Row, clip(r.Text, 50), r.Why)
	}
	return b.String()
}

// mostListed bounds the lists that Explain prints.
const mostListed = 40

// Numbers names the rows, a dozen of them at most.
func (u Unread) Numbers() string {
	var rows []string
	for _, r := range u.Rows {
		rows = append(rows, fmt.Sprint(r.Row))
	}
	if n := len(rows); n > 12 {
		rows = append(rows[:12], fmt.Sprintf("and %d more", n-12))
	}
	return "row " + strings.Join(rows, ", ")
}

// String names the sheet, how many rows look as if they asked something, and the first of them.
func (u Unread) String() string {
	text := "%d rows of sheet %q look as if they asked something (%s): %s, as %q"
	if len(u.Rows) == 1 {
		text = "%d row of sheet %q looks as if it asked something (%s): %s, as %q"
	}
	return fmt.Sprintf(text, len(u.Rows), u.Sheet, u.Why, u.Numbers(), clip(u.Rows[0].Text, 60))
}

// Places names rows of tables by sheet and number, a dozen of them at most.
func Places(what string, list []LeftRow) string {
	var sheets []string
	rows := map[string][]string{}
	for i, r := range list {
		if i == 12 {
			break
		}
		if rows[r.Sheet] == nil {
			sheets = append(sheets, r.Sheet)
		}
		rows[r.Sheet] = append(rows[r.Sheet], fmt.Sprint(r.Row))
	}
	var parts []string
	for _, s := range sheets {
		parts = append(parts, fmt.Sprintf("%s row %s", s, strings.Join(rows[s], ", ")))
	}
	more := ""
	if n := len(list); n > 12 {
		more = fmt.Sprintf(", and %d more", n-12)
	}
	return fmt.Sprintf("%d × %s: %s%s", len(list), what, strings.Join(parts, "; "), more)
}
