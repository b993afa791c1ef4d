package layout_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// TestWhichColumnTakesTheAnswer: the headers of a table, what stands in the row
// below (after /), lists (C=Yes,No), and which columns hold ID, question, answer and
// comment; or the columns between which a person decides; or that there are none.
func TestWhichColumnTakesTheAnswer(t *testing.T) {
	for heads, want := range map[string]string{
		// the values stand in the header
		"ID|Question|Response (Yes/No)|Comments":                      "ABCD",
		"ID|Question|Answer (Yes/No/N/A)|Comments":                    "ABCD",
		"ID|Question|Vendor Response (Yes, No, N/A)|Comments":         "ABCD",
		"ID|Question|Answer - Yes / No|Comments":                      "ABCD",
		"ID|Question|Vendor\nResponse\n(Yes/No)|Comments":             "ABCD",
		"ID|Question|Vendor Answer [Y/N]|Comments":                    "ABCD",
		"ID|Question|Response Yes / No / NA|Comments":                 "ABCD",
		"ID|Question|Compliant? (Y/N)|Comments":                       "ABCD",
		"ID|Question|Y/N/NA|Comments":                                 "ABCD",
		"ID|Question|Yes / No / Partial|Comments":                     "ABCD",
		"ID|Question|Yes/No/Not applicable|Comments":                  "ABCD",
		"ID|Question|Yes/No (if No, say why)|Comments":                "ABCD",
		"ID|Question|(Yes/No) Response|Comments":                      "ABCD",
		"ID|Question|Please answer Yes or No|Comments":                "ABCD",
		"ID|Question|Answer (please select Yes, No or N/A)|Comments":  "ABCD",
		"ID|Question|Answer (select from list)|Comments":              "ABCD",
		"ID|Question|Vendor Response (required)|Comments":             "ABCD",
		"ID|Question|In place? (Yes/No)|Comments":                     "ABCD",
		"ID|Question|Implemented (Y/N)|Comments":                      "ABCD",
		"ID|Control|Does it exist? Yes/No|Comments":                   "ABCD",
		"ID|Question|Compliance (C/PC/NC)|Remarks":                    "ABCD",
		"ID|Question|Response: True/False|Comments":                   "ABCD",
		"ID|Question|Compliant / Non-compliant|Comments":              "ABCD",
		"ID|Security Question (Yes/No)|Answer|Comments":               "ABCD",
		"ID|Question|Bidder Response (Yes/No)|Comments (if No)":       "ABCD",
		"Yes/No|Question|Comments":                                    "-BAC",
		"ID|Question|Supplier's Response (Y / N)|Explanation (if No)": "ABCD",
		// beside it a column for words
		"ID|Question|Response (Yes/No)|Response Details":          "ABCD",
		"ID|Question|Answer (Yes/No)|Answer justification":        "ABCD",
		"ID|Question|Response (Yes/No)|Response Evidence":         "ABCD",
		"ID|Question|Yes/No|Response":                             "ABCD",
		"ID|Question|Response|Yes/No":                             "ABDC",
		"ID|Question|Yes/No|Response|Comments":                    "ABCE+D",
		"ID|Question|Yes/No/NA|Vendor Response":                   "ABCD",
		"ID|Question|Yes/No|Supplier Response|Comments":           "ABCE+D",
		"ID|Question|Compliance|Response|Comments":                "ABCE+D",
		"ID|Question|Compliance|Response":                         "ABCD",
		"ID|Question|In place|Response|Evidence":                  "ABCD+E",
		"ID|Question|Yes/No|Response|Evidence":                    "ABCD+E",
		"ID|Question|Vendor Response|Compliance|C=Yes,No":         "ABC-+D",
		"ID|Question|Response (Yes/No)|Vendor Response and notes": "ABCD",
		"ID|Question|Response / Comments":                         "ABC-",
		"ID|Question|Answer and Evidence|Reviewer":                "ABC-",
		// the buyer's own columns
		"ID|Question|Preferred Response|Comments":               "none",
		"ID|Question|Ideal Answer|Comments":                     "none",
		"ID|Question|Answer key|Comments":                       "none",
		"ID|Question|Response due|Comments":                     "none",
		"ID|Question|Client Response|Comments":                  "none",
		"ID|Question|Response Owner|Comments":                   "none",
		"ID|Question|Response Status|Comments":                  "none",
		"ID|Question|Model Answer|Comments":                     "none",
		"ID|Question|Risk if No Answer|Comments":                "none",
		"ID|Question|Mandatory (Yes/No)|Comments":               "none",
		"ID|Question|Evidence attached (Y/N)|Comments":          "none",
		"ID|Question|Applicable (Y/N)|Comments":                 "none",
		"ID|Question|Desired Answer|Answer|Comments":            "ABDE",
		"ID|Question|Correct Answer|Vendor Answer|Comments":     "ABDE",
		"ID|Question|Required Response|Your Response|Comments":  "ABDE",
		"ID|Question|Mandatory (Y/N)|Response|Comments":         "ABDE",
		"ID|Question|Applicable? (Yes/No)|Response|Comments":    "ABDE",
		"ID|Question|Mandatory|Response|Comments/1|q|Yes":       "ABDE",
		"ID|Question|Expected Answer|Answer|Comments/1|q|Yes":   "ABDE",
		"ID|Question|Answer example (Yes/No)|Answer|Comments":   "ABDE",
		"ID|Question|Answer|Assessor notes|Vendor notes":        "ABCE",
		"ID|Question|Response Type|Answer|Answer due|Notes":     "ABDF",
		"ID|Question|Tier 1|Response (Yes/No)|Comments/1|q|Yes": "ABDE",
		"ID|Question|Tier 1|Response|Comments/1|q|Yes|Yes":      "ABDE",
		"ID|Question|Exception (Y/N)|Comments":                  "none",
		"ID|Question|Gap? (Yes/No)|Comments":                    "none",
		"ID|Question|Non-compliant (Yes/No)|Comments":           "none",
		"ID|Question|Not in place? (Y/N)|Comments":              "none",
		"ID|Question|Assessment (Yes/No)|Comments":              "none",
		"ID|Question|Response (Yes = not in place)|Comments":    "none",
		"ID|Question|Response (Y: gap, N: no gap)|Comments":     "none",
		"ID|Question|Response (Y=Yes, N=No)|Comments":           "ABCD",
		"ID|Question|Response (Yes/No)|Exception (Y/N)|Notes":   "ABCE",
		"ID|Question|Do you comply? (Yes/No)|Comments":          "ABCD",
		"ID|Question|Escalated (Y/N)|Response|Comments":         "D or C",
		"ID|Question|Response|Risk comments|Vendor comments":    "ABCE",
		// a person says which
		"ID|Question|Vendor Answer|Answer|Comments":                     "C or D",
		"ID|Question|Response (Yes/No)|Answer (Y/N)|Comments":           "C or D",
		"ID|Question|Yes/No|Compliance|Comments":                        "C or D",
		"ID|Question|Yes/No|Response|Comments|D=Yes,No":                 "D or C",
		"ID|Question|State|Response|Comments|C=Yes,No":                  "D or C",
		"ID|Question|State|Response|Comments/1|q|Yes|annex 3":           "D or C",
		"ID|Question|Answer|Yes|No|Comments":                            "C or D or E",
		"ID|Question|Our Answer|Your Answer|Comments":                   "C or D",
		"ID|Question|Answer 2024|Answer 2025|Comments":                  "C or D",
		"ID|Question|Answer|Comments|D=Yes,No":                          "C or D",
		"ID|Question|Vendor Answer|Answer|Comments|D=Yes,No":            "ABDE+C",
		"ID|Question|Answer|Answer|Comments|D=Compliant,No":             "ABDE+C",
		"ID|Question|Response|Answer|Notes/1|q|x, as Y|Yes":             "ABDE+C",
		"ID|Question|Compliance|Answer|Notes/1|q|ISO A.5.1|":            "ABDE",
		"ID|Question|Compliance|Response|Comments/1|q|Met|see":          "ABCE+D",
		"ID|Question|Do you comply?|Vendor Response|Comments":           "D or C",
		"ID|Question|Vendor Compliance|Response|Comments":               "D or C",
		"ID|Question|Response by|Comments":                              "none",
		"ID|Question|Response by Supplier|Comments":                     "ABCD",
		"ID|Question|Response (to be completed by the vendor)|Notes":    "ABCD",
		"ID|Question|Answer (if N/A please explain)|Comments":           "ABCD",
		"ID|Question|Response (expected)|Response (vendor)|Comments":    "ABDE",
		"ID|Question|Vendor Response|Vendor Evidence|Reviewer Comments": "ABCD",
		"ID|Question|Yes / No / N/A|If no, please explain":              "ABCD",
		"ID|Question|Response Yes|Response No|Comments":                 "none",
		// ticks are no words
		"ID|Question|Yes|No|N/A|Comments":            "none",
		"ID|Question|Answer|||Comments/|Tick|Yes|No": "none",
	} {
		t.Run(strings.ReplaceAll(heads, "/", "."), func(t *testing.T) {
			rows, lists := strings.SplitN(heads, "\n", 1), []workbooktest.List(nil)
			head, below, found := strings.Cut(rows[0], "/1|q|")
			tick, _, ticks := strings.Cut(heads, "/|Tick|")
			titles := strings.Split(head, "|")
			first := []string{"1", "Is there a log?"}
			switch {
			case found:
				first = append(first, strings.Split(below, "|")...)
			case ticks:
				titles, first = strings.Split(tick, "|"), []string{"", "", "Yes", "No"}
			}
			if col, values, ok := strings.Cut(titles[len(titles)-1], "="); ok {
				titles = titles[:len(titles)-1]
				lists = append(lists, workbooktest.List{Cells: col + "2:" + col + "9", Formula: `"` + values + `"`})
			}
			s := grid("Q", 1, titles, first, []string{"2", "Is it read by anybody?"})
			s.Lists = lists
			if got := columnsTaken(layout.Detect(read(t, s))); got != want {
				t.Errorf("%s; want %s", got, want)
			}
		})
	}
}

// columnsTaken are the letters of ID, question, answer and comment, and after + what
// stands beside; or the letters of those that could take the answers.
func columnsTaken(l *layout.Layout, err error) string {
	var two *layout.Ambiguous
	var none *layout.Nothing
	switch {
	case errors.As(err, &two):
		var out []string
		for _, c := range two.Candidates {
			out = append(out, c.Letter)
		}
		return strings.Join(out, " or ")
	case errors.As(err, &none):
		return "none"
	case err != nil:
		return err.Error()
	}
	all := columns(l.Tables[0])
	out := all[1:5]
	for i, c := range l.Tables[0].Beside {
		if i == 0 {
			out += "+"
		}
		out += c.Letter
	}
	return out
}
