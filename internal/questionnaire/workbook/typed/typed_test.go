package typed_test

import (
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook/typed"
)

// TestValueAsPeopleTypeIt: a Yes that is not read as one is a Yes that nobody is
// told of when it has become false; a No that is none hides one.
func TestValueAsPeopleTypeIt(t *testing.T) {
	for text, want := range map[string]string{
		"Yes": "Yes", "y": "Yes", "Yes*": "Yes", "\"Yes\"": "Yes", "Yes/Partial": "Yes", "Yes\u00a0- see annex": "Yes", "✓": "Yes", "☑ done": "Yes",
		"Compliant": "Yes", "Fully implemented": "Yes", "Yes;x": "Yes", "Yes, fully": "Yes", "In place": "Yes", "YES we do": "Yes",
		"No": "No", "no.": "No", "No, planned for spring": "No", "No - see below": "No", "No\n(see below)": "No", "Not compliant": "No", "Non-compliant": "No", "Not yet": "No",
		"N/A": "NA", "n/a - out of scope": "NA", "not applicable": "NA", "n.a. - no offices": "NA", "Not applicable, we have no offices": "NA",
		"We do, by row security": "", "Yesterday": "", "Nothing": "", "Partially": "", "": "", "No exceptions": "", "No issues were found": "", "No\u00a0findings": "", "No tenant sees another": "",
		"..yes": "Yes", "( Yes )": "Yes", "Y2K": "", "No 3 findings": "", "Yes/No": "", "Yes / No": "", "Please select": "", "In places": "",
	} {
		if got := typed.Value(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestOnly: what is more than a value is none where a cell of ours is held
// against what we wrote, or a list's value against ours.
func TestOnly(t *testing.T) {
	for text, want := range map[string]string{"Yes": "Yes", " yes. ": "Yes", "N/A": "NA", "n": "No", "Y": "Yes", "n.a": "NA", "Not applicable": "NA", "Yes, partially": "", "Compliant": "", "": ""} {
		if got := typed.Only(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestPrompts: a prompt left in the cell is no answer, and what a vendor could
// mean is none of them.
func TestPrompts(t *testing.T) {
	for _, text := range []string{"", "  ", "Please select", "Please Select…", "Select...", "Choose an item.", "-", "--", "—", "TBD", "tbd.", "T.B.D.", "To be completed", "<answer>", "[Answer here]",
		"n/k", "…", "...", "____", "?", "Yes/No", "(Yes / No)", "Y/N", "Click or tap here to enter text.", "<TBC>", "Select\u00a0one", "--Select--", "- Please choose -", "TO  DO", "\n--Select--\n"} {
		if !typed.Prompt(text) {
			t.Errorf("%q is taken for an answer", text)
		}
	}
	for _, text := range []string{"Yes", "No", "N/A", "None", "0", "Unknown", "Pending review by legal", "✓", "X", "Select customers only", "We choose an item", "TBD in March: we use AES", "Answered in 4.2", "Partial", "-5", "Please see the annex"} {
		if typed.Prompt(text, "Yes", "No") {
			t.Errorf("%q is taken for a prompt", text)
		}
	}
	first := "Select how far you comply with this"
	if !typed.Prompt(first, first, "Yes", "No") || !typed.Prompt(first, first) || typed.Prompt(first, "Yes", "No", first) || typed.Prompt(first) {
		t.Error("a sentence is a prompt where it is the first value of the cell's list, and nowhere else")
	}
	if typed.Prompt("Partial", "Partial", "Yes", "No") {
		t.Error("the first value of a list is a value")
	}
}

// FuzzValue: whatever a stranger types, it is read as one of the values or none,
// and a prompt is never a value.
func FuzzValue(f *testing.F) {
	for _, s := range []string{"Yes", "no ", "no x", "n/a", "\xff", "no\u00a0", "--", "<answer>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v := typed.Value(s)
		switch v {
		case "Yes", "No", "NA", "":
		default:
			t.Errorf("%q: %q", s, v)
		}
		if only := typed.Only(s); only != "" && only != v {
			t.Errorf("%q is only %s and read as %q", s, only, v)
		}
		if v != "" && typed.Prompt(s) {
			t.Errorf("%q is a prompt and read as %s", s, v)
		}
	})
}
