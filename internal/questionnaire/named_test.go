package questionnaire_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire"
)

// TestWhatNamesNothingIsRefused: an override or a label of a question that does
// not exist is taken for a protection, and is none.
func TestWhatNamesNothingIsRefused(t *testing.T) {
	one := func(q, id string) string {
		return "  - {questionnaire: " + q + ", question: " + id + ", value: No, reason: agreed, owner: CISO, expires: 2026-12-31}\n"
	}
	known := []*questionnaire.Questionnaire{
		{ID: "ours", Sections: []questionnaire.Part{{Questions: []questionnaire.Question{{ID: "A.1"}}}}},
		{ID: "ours", Sections: []questionnaire.Part{{Questions: []questionnaire.Question{{ID: "B.1"}}}}}, // the shipped one, which a person's own replaces
	}
	c := acme(t, "overrides:\n"+one("ours", "A.1")+one("ours", "B.1")+one("other", "A.1")+one("own-words", "S!C4")+
		"visibility:\n  nda: {questions: [ours A.1, ours   Z]}\n  private: {questions: [other A.1, own-words S!C4]}\n")
	err := c.Unknown(known)
	if err == nil {
		t.Fatal("nothing was refused")
	}
	for _, want := range []string{
		`acme.yaml:4: overrides[1].question: ours has no question "B.1"`,
		`acme.yaml:5: overrides[2].question: there is no questionnaire "other"; expected one of ours`,
		`acme.yaml:6: overrides[3].question: a cell of one workbook is not overridden`,
		`acme.yaml:8: visibility.nda.questions: ours has no question "Z"`,
		`acme.yaml:9: visibility.private.questions: there is no questionnaire "other"`,
		`acme.yaml:9: visibility.private.questions: a cell of one workbook is not labelled`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
	if n := strings.Count(err.Error(), "\n") + 1; n != 6 {
		t.Errorf("%d findings:\n%v", n, err)
	}
	if err := acme(t, "overrides:\n"+one("ours", "A.1")).Unknown(known); err != nil {
		t.Error(err)
	}
}
