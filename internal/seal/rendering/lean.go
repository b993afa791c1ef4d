package rendering

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire"
)

// reasonKept is what stands in the place of a reason that no reader of the
// document is given.
const reasonKept = "kept by whoever sent this"

// Lean returns the inputs of the same document with the customer's file cut to
// what that needs: without notes in the file, overrides of other questionnaires
// and variables that nothing uses; and, in a buyer's workbook for readers outside
// the house, without the reasons that no comment in it says. Everything else in
// the file travels with the document. typed are the questions that were written
// into a workbook; nil: the document has all.
func (in Inputs) Lean(typed map[string]bool) (Inputs, error) {
	from, err := in.decode()
	if err != nil {
		return in, err
	}
	uses := ""
	for _, f := range in.Files {
		body, err := in.body(f)
		if err != nil {
			return in, err
		}
		if f.Role != Customer {
			uses += string(body)
		}
	}
	out := []File{}
	for _, f := range in.Files {
		if f.Role == Customer && f.Content != "" {
			if f.Content, err = in.cutCustomer(f, uses, func(o questionnaire.Override) bool {
				return slices.ContainsFunc(o.In(from.questionnaire), func(id string) bool { return typed == nil || typed[id] })
			}); err != nil {
				return in, fmt.Errorf("%s: %w", f.Name, err)
			}
			if f.Content == "" {
				continue
			}
			f.SHA256 = sum([]byte(f.Content))
		}
		out = append(out, f)
	}
	in.Files = out
	return in, nil
}

// cutCustomer is what is left of a customer's file, or "" where nothing is. The
// file has been decoded strictly, so that its shape is known.
func (in Inputs) cutCustomer(f File, uses string, about func(questionnaire.Override) bool) (string, error) {
	c, err := questionnaire.DecodeCustomer(yamldoc.File{Name: f.Name, Body: []byte(f.Content)})
	if err != nil {
		return "", err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(f.Content), &doc); err != nil {
		return "", err
	}
	top := doc.Content[0] // a mapping: anything else was refused
	uncommented(&doc)
	for i := 0; i < len(top.Content); i += 2 {
		value := top.Content[i+1]
		switch top.Content[i].Value {
		case "variables":
			value.Content = pairs(value.Content, func(name, _ *yaml.Node) bool { return strings.Contains(uses, "["+name.Value+"]") })
		case "overrides":
			var kept []*yaml.Node
			for j, o := range c.Overrides {
				if about(o) {
					in.cutReason(o, value.Content[j])
					kept = append(kept, value.Content[j])
				}
			}
			value.Content = kept
		}
	}
	top.Content = pairs(top.Content, func(_, value *yaml.Node) bool { return len(value.Content) > 0 })
	if len(top.Content) == 0 {
		return "", nil
	}
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(&doc); err != nil {
		return "", err
	}
	_, err = questionnaire.DecodeCustomer(yamldoc.File{Name: f.Name, Body: b.Bytes()})
	return b.String(), err
}

// cutReason takes the reason of an override out that no comment of a workbook
// says: one with a sentence of its own, and one that no longer counts.
func (in Inputs) cutReason(o questionnaire.Override, node *yaml.Node) {
	said := o.Sentence == "" && o.Expires.Format(time.DateOnly) >= in.AsOf
	if !in.Open || in.Audience == "" || said {
		return
	}
	for i := 0; i < len(node.Content); i += 2 {
		if node.Content[i].Value == "reason" {
			node.Content[i+1].SetString(reasonKept)
		}
	}
}

// pairs keeps the keys and values of a mapping for which keep holds.
func pairs(list []*yaml.Node, keep func(key, value *yaml.Node) bool) []*yaml.Node {
	var out []*yaml.Node
	for p := range slices.Chunk(list, 2) {
		if keep(p[0], p[1]) {
			out = append(out, p...)
		}
	}
	return out
}

func uncommented(n *yaml.Node) {
	n.HeadComment, n.LineComment, n.FootComment = "", "", ""
	for _, child := range n.Content {
		uncommented(child)
	}
}
