// Package all lists every format in which answers can be written.
package all

import (
	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/render/csv"
	"github.com/arxsec/arxctl/internal/render/html"
	"github.com/arxsec/arxctl/internal/render/json"
	"github.com/arxsec/arxctl/internal/render/markdown"
	"github.com/arxsec/arxctl/internal/render/pdf"
	"github.com/arxsec/arxctl/internal/render/xlsx"
)

// Formats returns every format, in the order in which help shows them.
func Formats() []render.Format {
	return []render.Format{
		markdown.Format(),
		html.Format(),
		json.Format(),
		csv.Format(),
		xlsx.Format(),
		pdf.Format(),
	}
}

// Names returns the names of the formats, as --output takes them.
func Names() []string {
	var names []string
	for _, f := range Formats() {
		names = append(names, f.Name)
	}
	return names
}

// Find returns the format of this name, and whether there is one.
func Find(name string) (render.Format, bool) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, true
		}
	}
	return render.Format{}, false
}
