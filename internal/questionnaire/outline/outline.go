// Package outline drafts the YAML of a new questionnaire from a buyer's
// workbook: its IDs and its sections. What the buyer wrote stands in comments,
// for whoever writes the topics in words of their own; it is never a value, and
// Copied finds topics that were copied after all.
package outline

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire/match"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

var notInID = regexp.MustCompile(`[^a-z0-9]+`)

// ID makes the ID of a questionnaire of a workbook's name.
func ID(path string) string {
	base := strings.ToLower(strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)))
	if id := strings.Trim(notInID.ReplaceAllString(base, "-"), "-"); id != "" {
		return id
	}
	return "questionnaire"
}

// Draft returns the YAML of a questionnaire, and how many questions it has. Topics
// are left empty: it does not decode before each is written, and lint wants a
// control or a suggested owner for each. propose says which controls may answer
// a question; they are named in comments alone, since words are no proof.
func Draft(l *layout.Layout, id, source string, propose func(section, question string) match.Proposal) (text []byte, questions int) {
	d := &draft{taken: map[string]bool{}, propose: propose}
	d.comment("", "Drafted from "+filepath.Base(source)+". What stands in comments is the buyer's text: write each topic in your own words (3 to 14 of them), "+
		"then name the controls that decide it, or say decide: [] and name a suggested_owner where nothing of ours does. Delete the comments before you give this file to anybody. To check it: arxctl controls lint --questionnaires DIR")
	d.line("id: %s", scalar(id))
	d.line("title: %s", scalar("Security questionnaire "+id))
	d.line("framework: %s", scalar(id))
	d.line("layout: questionnaire")
	d.line("notice: %s", scalar("Topics are in our own words; this is not the buyer's questionnaire. A Yes rests on evidence from one named build and environment, or on a statement signed by a named role."))
	d.line("sections:")
	for _, t := range l.Tables {
		d.table(t)
	}
	return []byte(d.String()), d.questions
}

type draft struct {
	strings.Builder
	taken     map[string]bool
	propose   func(section, question string) match.Proposal
	sections  int
	questions int
}

func (d *draft) line(format string, a ...any) { fmt.Fprintf(d, format+"\n", a...) }

// table writes a section for each run of rows below one heading.
func (d *draft) table(t layout.Table) {
	heading := ""
	for i, r := range t.Rows {
		if i == 0 || r.Section != "" && r.Section != heading {
			d.sections++
			heading = r.Section
			d.comment("  ", strings.TrimSpace("Sheet "+t.Sheet+". "+r.Section))
			d.line("  - id: %s", scalar(fmt.Sprint(d.sections)))
			d.line("    title: %s", scalar(fmt.Sprintf("Section %d", d.sections)))
			d.line("    questions:")
		}
		d.question(t, r)
	}
}

func (d *draft) question(t layout.Table, r layout.Row) {
	d.questions++
	id := strings.Join(strings.Fields(seen(r.ID)), " ")
	if id == "" {
		id = fmt.Sprintf("%d.%d", d.sections, d.questions)
	}
	for n, base := 2, id; d.taken[id]; n++ {
		id = fmt.Sprintf("%s-%d", base, n)
	}
	d.taken[id] = true
	d.comment("      ", r.Question)
	if p := d.propose(strings.TrimSpace(t.Sheet+" "+r.Section), r.Question); p.State == match.Draft && len(p.Controls) > 0 {
		text := "By its words it may be decided by " + strings.Join(p.Controls, ", ")
		if p.Inverted {
			text += "; but Yes is the bad answer here, so mention it and do not let it decide"
		}
		d.comment("      ", text)
	}
	d.line("      - id: %s", scalar(id))
	d.line("        topic:")
}

// comment writes text of any origin as a comment: no line of it can be YAML.
func (d *draft) comment(indent, text string) {
	line := indent + "#"
	for _, word := range strings.Fields(seen(text)) {
		if len(line)+len(word) > 118 && line != indent+"#" {
			d.line("%s", line)
			line = indent + "#"
		}
		line += " " + word
	}
	if line != indent+"#" {
		d.line("%s", line)
	}
}

// seen drops what a reader cannot see, and what YAML does not take.
func seen(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar, r&0xfffe == 0xfffe:
			return -1
		}
		return r
	}, s)
}

// scalar writes a text as one quoted YAML scalar.
func scalar(s string) string {
	n := yaml.Node{Kind: yaml.ScalarNode, Style: yaml.DoubleQuotedStyle, Value: s}
	b, err := yaml.Marshal(&n)
	if err != nil {
		return `""`
	}
	return strings.ReplaceAll(strings.TrimSpace(string(b)), "\n", " ")
}

// sameRun is how many words in a row are a copy: a topic of our own shares terms
// of the field with a question, not its sentences.
const sameRun = 6

// Copied finds topics that repeat what stands in the comments above them.
func Copied(f yamldoc.File) yamldoc.Findings {
	var doc yaml.Node
	if yaml.Unmarshal(f.Body, &doc) != nil {
		return nil // what is wrong with it, decoding says
	}
	var found yamldoc.Findings
	var walk func(*yaml.Node, string)
	walk = func(n *yaml.Node, above string) {
		above += " " + n.HeadComment
		if n.Kind == yaml.MappingNode {
			for i := 0; i+1 < len(n.Content); i += 2 {
				key, value := n.Content[i], n.Content[i+1]
				if key.Value == "topic" && copies(above+" "+n.Content[0].HeadComment+" "+key.HeadComment, value.Value) {
					found = append(found, yamldoc.Finding{File: f.Name, Line: value.Line, Field: "topic",
						Message: fmt.Sprintf("repeats %d words in a row of the comment above it; expected your own words, since the text is the buyer's", sameRun)})
				}
				walk(value, key.HeadComment)
			}
			return
		}
		for _, c := range n.Content {
			walk(c, "")
		}
	}
	walk(&doc, "")
	return found
}

func copies(text, topic string) bool {
	words := func(s string) []string {
		return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	}
	have, want := " "+strings.Join(words(text), " ")+" ", words(topic)
	for i := 0; i+sameRun <= len(want); i++ {
		if strings.Contains(have, " "+strings.Join(want[i:i+sameRun], " ")+" ") {
			return true
		}
	}
	return false
}
