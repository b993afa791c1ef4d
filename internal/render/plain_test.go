package render_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/render"
)

func TestInertLinesAreNoCommands(t *testing.T) {
	for line, want := range map[string]string{
		"::error::x":               "| ::error::x",
		"  \t::add-mask::x":        "  \t| ::add-mask::x",
		"got ##[add-mask]x":        "got ## [add-mask]x",
		"##vso[task.setvariable]x": "## vso[task.setvariable]x",
		"###[x]":                   "### [x]",
		"SELECT 'a'::text":         "SELECT 'a'::text",
		"## heading [link]":        "## heading [link]",
		"##":                       "##",
		"":                         "",
	} {
		if got := render.Inert(line); got != want {
			t.Errorf("%q became %q, want %q", line, got, want)
		}
		if got := render.Inert(line); strings.Contains(got, "##[") || strings.HasPrefix(strings.TrimSpace(got), "::") {
			t.Errorf("%q became %q, which is a command", line, got)
		}
	}
}
