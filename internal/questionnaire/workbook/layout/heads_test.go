package layout_test

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// TestWhichColumnTakesTheAnswer: the headers of a table, what stands in the row
// below (after //, = where it is calculated), lists (C=Yes,No), and which columns hold ID, question, answer and
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
		"ID|Question|Preferred Response|Comments":                "none",
		"ID|Question|Ideal Answer|Comments":                      "none",
		"ID|Question|Answer key|Comments":                        "none",
		"ID|Question|Response due|Comments":                      "none",
		"ID|Question|Client Response|Comments":                   "none",
		"ID|Question|Response Owner|Comments":                    "none",
		"ID|Question|Response Status|Comments":                   "none",
		"ID|Question|Model Answer|Comments":                      "none",
		"ID|Question|Risk if No Answer|Comments":                 "none",
		"ID|Question|Mandatory (Yes/No)|Comments":                "none",
		"ID|Question|Evidence attached (Y/N)|Comments":           "none",
		"ID|Question|Applicable (Y/N)|Comments":                  "none",
		"ID|Question|Desired Answer|Answer|Comments":             "ABDE",
		"ID|Question|Correct Answer|Vendor Answer|Comments":      "ABDE",
		"ID|Question|Required Response|Your Response|Comments":   "ABDE",
		"ID|Question|Mandatory (Y/N)|Response|Comments":          "ABDE",
		"ID|Question|Applicable? (Yes/No)|Response|Comments":     "ABDE",
		"ID|Question|Mandatory|Response|Comments//1|q|Yes":       "ABDE",
		"ID|Question|Expected Answer|Answer|Comments//1|q|Yes":   "ABDE",
		"ID|Question|Answer example (Yes/No)|Answer|Comments":    "ABDE",
		"ID|Question|Answer|Assessor notes|Vendor notes":         "ABCE",
		"ID|Question|Response Type|Answer|Answer due|Notes":      "ABDF",
		"ID|Question|Tier 1|Response (Yes/No)|Comments//1|q|Yes": "ABDE",
		"ID|Question|Tier 1|Response|Comments//1|q|Yes|Yes":      "ABDE",
		"ID|Question|Exception (Y/N)|Comments":                   "none",
		"ID|Question|Gap? (Yes/No)|Comments":                     "none",
		"ID|Question|Non-compliant (Yes/No)|Comments":            "none",
		"ID|Question|Not in place? (Y/N)|Comments":               "none",
		"ID|Question|Assessment (Yes/No)|Comments":               "none",
		"ID|Question|Response (Yes = not in place)|Comments":     "none",
		"ID|Question|Response (Y: gap, N: no gap)|Comments":      "none",
		"ID|Question|Response (Y=Yes, N=No)|Comments":            "ABCD",
		"ID|Question|Response (Yes/No)|Exception (Y/N)|Notes":    "ABCE",
		"ID|Question|Do you comply? (Yes/No)|Comments":           "ABCD",
		"ID|Question|Escalated (Y/N)|Response|Comments":          "D or C",
		"ID|Question|Response|Risk comments|Vendor comments":     "ABCE",
		// a person says which
		"ID|Question|Vendor Answer|Answer|Comments":                     "C or D",
		"ID|Question|Response (Yes/No)|Answer (Y/N)|Comments":           "C or D",
		"ID|Question|Yes/No|Compliance|Comments":                        "C or D",
		"ID|Question|Yes/No|Response|Comments|D=Yes,No":                 "D or C",
		"ID|Question|State|Response|Comments|C=Yes,No":                  "D or C",
		"ID|Question|State|Response|Comments//1|q|Yes|annex 3":          "D or C",
		"ID|Question|Answer|Yes|No|Comments":                            "C or D or E",
		"ID|Question|Our Answer|Your Answer|Comments":                   "C or D",
		"ID|Question|Answer 2024|Answer 2025|Comments":                  "C or D",
		"ID|Question|Answer|Comments|D=Yes,No":                          "C or D",
		"ID|Question|Vendor Answer|Answer|Comments|D=Yes,No":            "ABDE+C",
		"ID|Question|Answer|Answer|Comments|D=Compliant,No":             "ABDE+C",
		"ID|Question|Response|Answer|Notes//1|q|x, as Y|Yes":            "ABDE+C",
		"ID|Question|Compliance|Answer|Notes//1|q|ISO A.5.1|":           "ABDE",
		"ID|Question|Compliance|Response|Comments//1|q|Met|see":         "ABCE+D",
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
		"ID|Question|Compliance|State|Comments|D=Yes,No":                "C or D",
		"ID|Question|Compliance|In place|Comments":                      "C or D",
		"ID|Question|State|Answer|Comments|C=Yes,Somewhat":              "D or C",
		"ID|Question|Response|Answer|Notes//1|q|Yes, we do all that":    "C or D",
		// what is calculated takes no answer, and what holds none yet is open
		"ID|Question|Answer|Answer|Comments//1|q||=Yes":               "ABCE",
		"ID|Question|Answer|State|Comments//1|q||=Yes":                "ABCE",
		"ID|Question|Vendor Response|Yes/No|Comments//1|q|=Yes":       "none",
		"ID|Question|Compliance|Response|Comments//1|q|Please select": "ABCE+D",
		"ID|Question|Yes/No|Answer|Vendor Response":                   "ABCE+D",
		"ID|Supported|Question|Answer|Comments//1||q":                 "ACDE",
		"ID|State|Question|Answer|Comments//1|Yes|q":                  "ACDE",
		"ID|Question|Answer|Comments//1|q||Yes":                       "ABCD",
		"ID|Question|CSP CAIQ Answer|Answer|Notes|C=Yes,No//1|q||Yes": "ABCE+D",
		// what names values offers them only with both a good and a bad one
		"ID|Control (free text)|Answer|Notes (optional)\u00a0": "ABCD",
		"ID|Question|Implemented (True/False)|Comments":        "ABCD",
		"ID|Question|Implemented (C/NC)|Comments":              "ABCD",
		"ID|Question|Implemented (Y)|Comments":                 "none",
		"ID|Question|Implemented (true)|Comments":              "none",
		"ID|Question|Implemented (false)|Comments":             "none",
		"ID|Question|Implemented (C)|Comments":                 "none",
		"ID|Question|Implemented (fully, NC)|Comments":         "none",
		"ID|Question|Implemented (fully, partially)|Comments":  "none",
		"ID|Question|In place, compliant|Comments":             "none",
		"ID|Question|No gap found (Yes/No)|Comments":           "none",
		"ID|Question|Yes/No exception|Comments":                "none",
		"ID|Question|Partial (Y/N) in place|Comments":          "none",
		// the surest header, of the buyer's texts none, and no text that is too long for one
		"ID|Question|Control|Answer|Comments":                                    "ABDE",
		"ID|Answer|Security Question (Yes/No)|Comments//1||q":                    "ACBD",
		"ID|Question|Answer|Reviewer comment":                                    "ABC-",
		"ID|Question|Final answer (if N/A please explain)|Comments":              "none",
		"ID|Question|Final answer and evidence|Comments":                         "none",
		"ID|Question|Response / Reviewer|Comments":                               "none",
		"ID|Question|Answer|Response|Comments|merge B1:C1":                       "ABDE",
		"ID|Question|Is it in place and is it fully implemented? (Y/N)|Comments": "none",
		"ID|Question|Answer (select one of the list or fill in free text in English, only one of all of the list, please, in the column below)|Comments": "none",
		"ID|Question|Description of answer":     "ABC-",
		"ID|Question|Question|Answer|Comments":  "B or C",
		"ID|Question|Answer|Comments|Comments":  "D or E",
		"ID|ID|Question|Answer|Comments//1|1|q": "ACDE",
		// ticks are no words
		"ID|Question|Answer||Comments//|Tick one|No|Yes":  "none",
		"ID|Question|Answer|Comments//1|q|planned|No":     "ABCD",
		"ID|Question|Answer|Comments//1|q|No|annex":       "ABCD",
		"ID|Question|Answer|Owner|Comments//1|q|Yes||No":  "ABCE",
		"ID|Question|Yes|No|N/A|Comments":                 "none",
		"ID|Question|Answer|||Comments//|Tick one|Yes|No": "none",
	} {
		t.Run(strings.ReplaceAll(heads, "/", "."), func(t *testing.T) {
			head, below, _ := strings.Cut(heads, "//")
			titles, lists := strings.Split(head, "|"), []workbooktest.List(nil)
			first := strings.Split(cmp.Or(below, "1|q"), "|")
			asks := max(slices.Index(first, "q"), 1)
			second := make([]string, asks+1)
			second[0], second[asks] = "2", "Is it read by anybody?"
			first[asks] = strings.Replace(first[asks], "q", "Is there a log?", 1)
			last := titles[len(titles)-1]
			covered, merges := strings.CutPrefix(last, "merge ")
			col, values, ok := strings.Cut(last, "=")
			if ok || merges {
				titles = titles[:len(titles)-1]
			}
			if ok {
				lists = append(lists, workbooktest.List{Cells: col + "2:" + col + "9", Formula: `"` + values + `"`})
			}
			s := grid("Q", 1, titles, first, second)
			if s.Lists = lists; merges {
				s.Merges = []string{covered}
			}
			for i, c := range s.Rows[1].Cells {
				if shows, calculated := strings.CutPrefix(c.Text, "="); calculated {
					s.Rows[1].Cells[i] = workbooktest.Cell{Ref: c.Ref, Formula: "Z9", Cached: shows}
				}
			}
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
