package layout_test

import (
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

// TestWhatAsks: a text that stands in no table, below a question, is one too or is none.
func TestWhatAsks(t *testing.T) {
	for text, asks := range map[string]bool{
		"Encrypted?": true, "Verschlüsselt？": true, "Is the log read by anybody": true, "Have you a plan for it": true, "How do you log it": true, "Do you have an incident response plan": true,
		"Is logging on? Please describe": true, "How is it logged? Please describe": true, "Is pat@example.com read?": true, "(a) Do you have a plan": true, "Name the people": true, "Please list all of them": true,
		"pat@example.com?": false, "Have a policy on logs": false, "Is logging what we sell": false, "Will all be sold in spring": false, "Is it not logged anywhere": false, "How our people log you": false,
		"What is the log": false, "Name all": false, "List of your offices": false, "Marked with ? in the list": false, "Who": false,
		// of the form itself
		"Which question do you begin with?": false, "Do I fill this in?": false, "How do you fill in the column?": false, "How do you fill in the incident column?": false, "What is your preferred response?": false,
		"What is your incident response time?": true, "Do you encrypt each cell?": true,
	} {
		l := detect(t, grid("Q", 1, []string{"Question", "Answer"}, []string{"Is there a log?"}), grid("More", 1, []string{"Is there more to it than that?"}, []string{text}))
		if got := len(l.Unread) == 1 && len(l.Unread[0].Rows) == 2 && l.Unread[0].Rows[1] == (layout.UnreadRow{Row: 2, Text: text}); got != asks {
			t.Errorf("%q asks: %t\n%s", text, got, l.Explain())
		}
	}
}
