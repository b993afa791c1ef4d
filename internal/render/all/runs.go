package all

import (
	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/render/github"
	"github.com/arxsec/arxctl/internal/render/junit"
	"github.com/arxsec/arxctl/internal/render/ocsf"
	"github.com/arxsec/arxctl/internal/render/oscal"
	"github.com/arxsec/arxctl/internal/render/results"
	"github.com/arxsec/arxctl/internal/render/sarif"
)

// RunFormats returns every format in which a run can be written for machines,
// in the order in which help shows them.
func RunFormats() []render.RunFormat {
	return []render.RunFormat{
		results.Format(),
		junit.Format(),
		sarif.Format(),
		oscal.Format(),
		ocsf.Format(),
		github.Annotations(),
		github.Summary(),
	}
}

// RunNames returns the names of the run formats, as --output takes them.
func RunNames() []string {
	var names []string
	for _, f := range RunFormats() {
		names = append(names, f.Name)
	}
	return names
}

// FindRun returns the run format of this name, and whether there is one.
func FindRun(name string) (render.RunFormat, bool) {
	for _, f := range RunFormats() {
		if f.Name == name {
			return f, true
		}
	}
	return render.RunFormat{}, false
}
