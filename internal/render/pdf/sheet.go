package pdf

import (
	"slices"
	"strings"

	"github.com/go-pdf/fpdf"

	"github.com/arxsec/arxctl/internal/render/pdf/fonts"
)

// Geometry of a page, in millimetres: A4 upright.
const (
	pageWidth  = 210.0
	pageHeight = 297.0
	left       = 20.0
	width      = pageWidth - 2*left
	top        = 25.0  // below the banner and the running head
	bottom     = 276.0 // above the foot
)

// face is one of the embedded typefaces.
type face int

const (
	sans face = iota
	bold
	mono
)

func (f face) family() string { return [...]string{sans: "sans", bold: "bold", mono: "mono"}[f] }

// style is how a piece of text looks.
type style struct {
	face  face
	size  float64 // points
	color rgb
}

const millimetresAPoint = 25.4 / 72

// lead returns the distance from one line to the next, in millimetres.
func (st style) lead() float64 { return st.size * millimetresAPoint * 1.36 }

// sheet writes text from top to bottom over as many pages as it takes. It
// breaks pages itself, so that a heading never stands alone at the foot.
type sheet struct {
	f        *fpdf.Fpdf
	faces    [3]*metrics
	y        float64 // top of the next line
	page     int
	current  style // the typeface and size last selected
	replaced int   // characters that a placeholder stands for
}

func newSheet() (*sheet, error) {
	s := &sheet{f: fpdf.New("P", "mm", "A4", "")}
	s.f.SetAutoPageBreak(false, 0)
	s.f.SetCatalogSort(true) // the same bytes each time
	for i, ttf := range [][]byte{sans: fonts.Sans, bold: fonts.Bold, mono: fonts.Mono} {
		m, err := readMetrics(ttf)
		if err != nil {
			return nil, err
		}
		s.faces[i] = m
		s.f.AddUTF8FontFromBytes(face(i).family(), "", ttf)
	}
	return s, s.f.Error()
}

// newPage begins a page at its top.
func (s *sheet) newPage() {
	s.f.AddPage()
	s.page, s.y, s.current = s.f.PageNo(), top, style{}
}

// turnTo goes back to a page that was begun before.
func (s *sheet) turnTo(page int) {
	s.f.SetPage(page)
	s.page, s.y, s.current = page, top, style{}
}

// keep begins a new page unless the next h millimetres fit on this one.
func (s *sheet) keep(h float64) {
	if s.y+h > bottom && s.y > top {
		s.newPage()
	}
}

// skip leaves h millimetres empty, but none at the top of a page.
func (s *sheet) skip(h float64) {
	if s.y > top {
		s.y += h
	}
}

// put draws one line that is known to fit; y is its top.
func (s *sheet) put(x, y float64, st style, line string) {
	if line == "" {
		return
	}
	if s.current.face != st.face || s.current.size != st.size || s.current.size == 0 {
		s.f.SetFont(st.face.family(), "", st.size)
		s.f.SetTextColor(st.color.parts())
	} else if s.current.color != st.color {
		s.f.SetTextColor(st.color.parts())
	}
	s.current = st
	s.f.Text(x, y+st.size*millimetresAPoint*0.99, line)
}

// measure returns the width of a line in millimetres.
func (s *sheet) measure(st style, line string) float64 {
	return float64(s.faces[st.face].length(line)) * st.size * millimetresAPoint / 1000
}

// clean makes one line drawable; see metrics.clean.
func (s *sheet) clean(st style, text string) string {
	line, n := s.faces[st.face].clean(text)
	s.replaced += n
	return line
}

// lines breaks text to fit w millimetres.
func (s *sheet) lines(st style, text string, w float64) []string {
	limit := int(w / (st.size * millimetresAPoint) * 1000)
	if st.face != mono {
		return s.faces[st.face].wrapWords(s.clean(st, text), limit)
	}
	var out []string
	for line := range strings.Lines(strings.Trim(text, "\n")) {
		line = strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\t", "    ")
		out = append(out, s.faces[mono].wrapCode(s.clean(st, line), limit)...)
	}
	return out
}

// text writes a paragraph w millimetres wide at x, over several pages if need
// be; never one line alone on either side of a break.
func (s *sheet) text(x, w float64, st style, text string) {
	s.draw(x, st, s.lines(st, text, w))
}

func (s *sheet) draw(x float64, st style, lines []string) {
	for i, line := range lines {
		switch rest := len(lines) - i; {
		case i == 0 || rest == 2:
			s.keep(float64(min(rest, 2)) * st.lead())
		default:
			s.keep(st.lead())
		}
		s.put(x, s.y, st, line)
		s.y += st.lead()
	}
}

// right draws one line that ends at x; y is its top.
func (s *sheet) right(x, y float64, st style, text string) {
	line := s.clean(st, text)
	s.put(x-s.measure(st, line), y, st, line)
}

// fit shortens a line to w millimetres, with an ellipsis where it was cut. It
// is for running heads and the like, whose whole text stands elsewhere.
func (s *sheet) fit(st style, text string, w float64) string {
	line := s.clean(st, text)
	limit := int(w / (st.size * millimetresAPoint) * 1000)
	m := s.faces[st.face]
	used, end := 0, 0 // end: where to cut so that an ellipsis still fits
	for i, r := range line {
		if used+m.width('…') <= limit {
			end = i
		}
		if used += m.width(r); used > limit {
			return line[:end] + "…"
		}
	}
	return line
}

// first keeps n lines, the last with an ellipsis when there were more.
func first(n int, lines []string) []string {
	if len(lines) <= n {
		return lines
	}
	last := []rune(lines[n-1])
	if len(last) > 2 {
		last = last[:len(last)-2]
	}
	return append(slices.Clone(lines[:n-1]), string(last)+"…")
}

// fill draws a rectangle without an outline.
func (s *sheet) fill(x, y, w, h float64, c rgb) {
	s.f.SetFillColor(c.parts())
	s.f.Rect(x, y, w, h, "F")
}

// rule draws a thin line from x to x+w.
func (s *sheet) rule(x, y, w float64, c rgb) {
	s.f.SetDrawColor(c.parts())
	s.f.SetLineWidth(0.2)
	s.f.Line(x, y, x+w, y)
}
