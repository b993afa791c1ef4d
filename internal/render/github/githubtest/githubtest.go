// Package githubtest reads workflow commands as GitHub's runner does
// (actions/runner, ActionCommand): a line at a time, properties up to the second
// pair of colons, escapes undone.
package githubtest

import (
	"fmt"
	"strings"
)

// Command is one workflow command.
type Command struct{ Name, Title, Data string }

// Read reads a job's log of which every line must be a command that annotates.
func Read(b []byte) ([]Command, error) {
	text, ended := strings.CutSuffix(string(b), "\n")
	if !ended {
		return nil, fmt.Errorf("the last line does not end")
	}
	var list []Command
	for i, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' || r == 0x85 || r == 0x2028 || r == 0x2029 }) {
		rest, ok := strings.CutPrefix(line, "::")
		head, data, ends := strings.Cut(rest, "::")
		name, properties, _ := strings.Cut(head, " ")
		if !ok || !ends {
			return nil, fmt.Errorf("line %d is no command: %q", i+1, line)
		}
		if name != "error" && name != "warning" && name != "notice" {
			return nil, fmt.Errorf("line %d is the command %q", i+1, name)
		}
		c := Command{Name: name}
		for _, p := range strings.Split(properties, ",") {
			k, v, _ := strings.Cut(p, "=")
			if k != "title" {
				return nil, fmt.Errorf("line %d has the property %q", i+1, k)
			}
			c.Title = strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%").Replace(v)
		}
		c.Data = strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%").Replace(data)
		list = append(list, c)
	}
	return list, nil
}
