package fill_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/questionnaire/match"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

func quest(id string, topics ...string) *questionnaire.Questionnaire {
	q := &questionnaire.Questionnaire{ID: id, Framework: id, Sections: []questionnaire.Part{{ID: "X"}}}
	for _, t := range topics {
		id, topic, _ := strings.Cut(t, " ")
		q.Sections[0].Questions = append(q.Sections[0].Questions, questionnaire.Question{ID: id, Topic: topic, Decide: []string{"c"}})
	}
	return q
}

func known() []*questionnaire.Questionnaire {
	return []*questionnaire.Questionnaire{
		quest("caiq-4.0.3", "AIS-01.1 application security rules", "TVM-06.1 penetration tests by outsiders", "IVS-05.1 production and test kept apart", "STA-14.1 reviews of suppliers", "DSP-01.1 privacy rules"),
		quest("caiq-4.1.0", "AIS-01.1 application security rules", "TVM-06.1 remediation of external libraries", "I&S-05.1 production and test kept apart", "STA-14.1 agreements with service vendors", "DSP-01.1 privacy rules", "IVS-05.1 something wholly different"),
		quest("mvsp-3.0", "1.1 external vulnerability reports"),
		quest("sig-lite", "E.1.1 access for users"),
		quest("soc2", "CC6.1 logical access"),
	}
}

func sheetOf(family layout.Family, title string, rows ...string) *layout.Layout {
	l := &layout.Layout{Family: family, Titles: []string{title}, Tables: []layout.Table{{Sheet: title}}}
	for i, r := range rows {
		id, q, _ := strings.Cut(r, " ")
		l.Tables[0].Rows = append(l.Tables[0].Rows, layout.Row{Number: i + 2, ID: id, Question: q})
	}
	return l
}

func TestVersionIsToldByTitleIDsAndWords(t *testing.T) {
	old := []string{"TVM-06.1 Are penetration tests performed by outsiders?", "IVS-05.1 Is production kept apart from test?", "STA-14.1 Are reviews of suppliers made?", "AIS-01.1 Application security?"}
	for name, c := range map[string]struct {
		l           *layout.Layout
		asked, want string // want: an ID, or a part of the error
	}{
		"title":                   {sheetOf(layout.CAIQ, "CAIQv4.0.3", "AIS-01.1 x"), "", "caiq-4.0.3"},
		"title with a short form": {sheetOf(layout.CAIQ, "CAIQ v4.1", "AIS-01.1 x"), "", "caiq-4.1.0"},
		"IDs that one has":        {sheetOf(layout.CAIQ, "Buyer", "AIS-01.1 x", "I&S-05.1 y"), "", "caiq-4.1.0"},
		"words alone":             {sheetOf(layout.CAIQ, "Buyer", old...), "", "caiq-4.0.3"},
		"nothing says":            {sheetOf(layout.CAIQ, "Buyer", "AIS-01.1 x"), "", "--questionnaire caiq-4.0.3 or caiq-4.1.0"},
		"nothing says, asked":     {sheetOf(layout.CAIQ, "Buyer", "AIS-01.1 x"), "caiq-4.1.0", "caiq-4.1.0"},
		"another than asked":      {sheetOf(layout.CAIQ, "CAIQv4.0.3", "AIS-01.1 x"), "caiq-4.1.0", "this is not caiq-4.1.0"},
		"another by IDs":          {sheetOf(layout.CAIQ, "Buyer", "I&S-05.1 y"), "caiq-4.0.3", "1 IDs are only in it: I&S-05.1"},
		"another by words":        {sheetOf(layout.CAIQ, "CAIQ v4.1.0", old...), "caiq-4.1.0", "caiq-4.0.3: 3 questions are about what it asks under their ID"},
		"title against IDs":       {sheetOf(layout.CAIQ, "CAIQv4.0.3", "I&S-05.1 y"), "", "two versions"},
		// A version that is none of ours is answered by no ID of ours, whoever asks for it.
		"4.1 is not 4.1.1":               {sheetOf(layout.CAIQ, "CAIQ v4.1.1", "AIS-01.1 x"), "", ""},
		"an old one with our IDs":        {sheetOf(layout.CAIQ, "CONSENSUS ASSESSMENTS INITIATIVE QUESTIONNAIRE v3.1", old...), "", ""},
		"an old one, asked as a new one": {sheetOf(layout.CAIQ, "CAIQ_v3.0.1", old...), "caiq-4.0.3", "this is not caiq-4.0.3"},
		"ours, and what it replaced":     {sheetOf(layout.CAIQ, "CAIQ v4.0.3, which replaces CAIQ v3.1", old...), "", "caiq-4.0.3"},
		"ours, after a point":            {sheetOf(layout.CAIQ, "CAIQ v.4.0.3", old...), "", "caiq-4.0.3"},
		"another's SIG":                  {sheetOf(layout.SIG, "SIG Lite 2025, with CAIQ v3.1", "E.1.1 x"), "", "sig-lite"},
		"the beginning of a version":     {sheetOf(layout.CAIQ, "CAIQ v4.0", old...), "", "caiq-4.0.3"},
		"MVSP":                           {sheetOf(layout.MVSP, "MVSP", "1.1 x"), "", "mvsp-3.0"},
		"SIG":                            {sheetOf(layout.SIG, "SIG Lite 2025", "E.1.1 x"), "", "sig-lite"},
		"a bare ID means nothing":        {sheetOf(layout.Plain, "Buyer", "1.1 x", "CC6.1 y"), "", ""},
		"unknown":                        {sheetOf(layout.Plain, "Buyer", "1.1 x"), "caiq-9", `there is no questionnaire "caiq-9"; expected one of caiq-4.0.3`},
		"a SIG as CAIQ":                  {sheetOf(layout.SIG, "SIG", "E.1.1 x"), "caiq-4.0.3", "this is not caiq-4.0.3"},
		"an asked one without a version": {sheetOf(layout.Plain, "Buyer", "CC6.1 y"), "soc2", "soc2"},
	} {
		got, err := fill.Identify(c.l, known(), c.asked)
		if err != nil && (!strings.Contains(err.Error(), c.want) || c.want == "") || err == nil && got.ID != c.want {
			t.Errorf("%s: %+v %v, want %s", name, got, err, c.want)
		}
		var mix *fill.MixUp
		if strings.Contains(c.want, "this is not") && !errors.As(err, &mix) {
			t.Errorf("%s: %v is no MixUp", name, err)
		}
	}
}

func TestAnIDAloneIsBelievedOnlyWhereItIsTheFrameworksOwn(t *testing.T) {
	var sig *questionnaire.Questionnaire
	for _, q := range known() {
		if q.ID == "sig-lite" {
			sig = q
		}
		if fill.ByID(q) != strings.HasPrefix(q.ID, "caiq") {
			t.Errorf("%s: %v", q.ID, fill.ByID(q))
		}
	}
	l := sheetOf(layout.SIG, "SIG", "E.1.1 How do users get access?", "E.1.1 Are fire extinguishers inspected?", "E.9 Is the sky blue?", "E.10 Is it green?", "E.11 Is it never red?", "E.12 Describe it.")
	for i := range l.Tables[0].Rows {
		l.Tables[0].Rows[i].Answer.Ref, l.Tables[0].Rows[i].Comment.Ref = workbook.Ref(3, i+2), workbook.Ref(4, i+2)
	}
	var asked []string
	d := fill.NewDrafts(l, sig, func(section, question string) match.Proposal {
		asked = append(asked, question)
		p := match.Proposal{State: match.Draft, Controls: []string{"c"}, Value: "Yes"}
		switch question {
		case "Are fire extinguishers inspected?":
			return match.Proposal{State: match.Blank, Reason: "No control is near."}
		case "Is it green?":
			return match.Proposal{State: match.Conflict, Conflict: []match.Candidate{{Control: "a", Value: "Yes"}, {Control: "b"}}}
		case "Is it never red?":
			p.Inverted = true
		case "Describe it.":
			p.Value = ""
		}
		return p
	})
	f, err := d.File()
	if err != nil {
		t.Fatal(err)
	}
	q, err := questionnaire.Decode(f)
	if err != nil || len(q.Sections[0].Questions) != 6 || len(q.Sections[0].Questions[1].Decide) != 0 {
		t.Fatalf("%v\n%s", err, f.Body)
	}
	doc := &questionnaire.Document{Sections: []questionnaire.Section{{}}}
	for _, x := range q.Sections[0].Questions {
		a := answer(control.Proven)
		a.Question = x.ID
		doc.Sections[0].Answers = append(doc.Sections[0].Answers, *a)
	}
	d.Answer(doc)
	p := fill.Decide(l, d.Find, fill.Options{})
	for i, want := range []struct {
		what   fill.What
		value  string
		why    string
		review bool
	}{
		{fill.Filled, "Yes", "", false},
		{fill.Unanswered, "", "No control is near.", false},
		{fill.Filled, "Yes", "", true},
		{fill.Held, "", "would answer it differently: a (Yes), b (blank)", false},
		{fill.Filled, "No", "", true},
		{fill.Held, "", "it asks for words", true},
	} {
		if got := p.Decisions[i]; got.What != want.what || got.Value != want.value || !strings.Contains(got.Why, want.why) || got.Review != want.review {
			t.Errorf("%d: %+v, want %+v", i, got, want)
		}
	}
	if len(asked) != 6 {
		t.Errorf("words were asked of %q: also where ID and words agree, they are to lead to the same controls", asked)
	}
}

func TestPeopleGovernancePolicyAndPlacesTakeASignature(t *testing.T) {
	staff := answer(control.Proven)
	if reason, never := fill.Never("HRS-01.1", *staff); !never || !strings.Contains(reason, "people") {
		t.Errorf("%q %v", reason, never)
	}
	if _, never := fill.Never("HRS-01.1", *answer(control.Attested)); never {
		t.Error("what is signed for is no product evidence")
	}
	if _, never := fill.Never("IAM-01.1", *staff); never {
		t.Error("access is about the product")
	}
	q := quest("caiq-4.0.3", "HRS-01.1 sessions that end when idle", "IAM-01.1 sessions that end when idle")
	doc := &questionnaire.Document{Sections: []questionnaire.Section{{}}}
	for _, id := range []string{"HRS-01.1", "IAM-01.1"} {
		a := *staff
		a.Question = id
		doc.Sections[0].Answers = append(doc.Sections[0].Answers, a)
	}
	s := fill.NewSource(q, doc, nil)
	if f := s.Find(layout.Table{}, layout.Row{ID: "HRS-01.1", Question: "sessions that end when idle"}); !strings.Contains(f.Held, "it is about people") || !f.Near {
		t.Errorf("%+v", f)
	}
	if f := s.Find(layout.Table{}, layout.Row{ID: "IAM-01.1", Question: "sessions that end when idle"}); f.Held != "" || f.Near {
		t.Errorf("%+v", f)
	}
}

// TestNearMissIsHeldWhateverTheID: the rule comes before the ID.
func TestNearMissIsHeldWhateverTheID(t *testing.T) {
	q := quest("caiq-4.0.3", "BCR-01.1 continuity")
	q.Sections[0].Questions[0].Decide = []string{"restore-into-empty-target"}
	a := answer(control.Proven)
	a.Question = "BCR-01.1"
	s := fill.NewSource(q, &questionnaire.Document{Sections: []questionnaire.Section{{Answers: []questionnaire.Answer{*a}}}}, nil)
	f := s.Find(layout.Table{}, layout.Row{ID: "BCR-01.1", Question: "Do you have a tested business continuity plan?"})
	if f.Held != "A recovery plan or a restore test is not a business continuity plan." {
		t.Errorf("%+v", f)
	}
	if f := s.Find(layout.Table{}, layout.Row{Question: "Do you have it?"}); f.Answer != nil || !strings.HasPrefix(f.Why, "it has no ID") {
		t.Errorf("a row without an ID: %+v", f)
	}
	if f := s.Find(layout.Table{}, layout.Row{ID: "BCR-77.1" + strings.Repeat("x", 99), Question: "Do you have it?"}); f.Answer != nil || !strings.HasPrefix(f.Why, "BCR-77.1xxx") || strings.Contains(f.Why, strings.Repeat("x", 40)) {
		t.Errorf("a row with the ID of something else: %+v", f)
	}
}
