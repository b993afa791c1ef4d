package pdf

import (
	"math"

	"github.com/go-pdf/fpdf"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/evidence"
)

// rgb is a colour as 0xRRGGBB.
type rgb uint32

func (c rgb) parts() (r, g, b int) {
	return int(c >> 16 & 0xff), int(c >> 8 & 0xff), int(c & 0xff)
}

// Colours. Every text on its ground has a contrast of at least 4.5 to 1
// (WCAG 2.2, 1.4.3); no meaning is carried by a colour alone.
const (
	ink   rgb = 0x181c24
	muted rgb = 0x545c6a
	faint rgb = 0xced3db
	paper rgb = 0xf4f5f8
	white rgb = 0xffffff
	link  rgb = 0x184c94

	red    rgb = 0xb01a24
	amber  rgb = 0x8f5200
	violet rgb = 0x683a96
	blue   rgb = 0x185ca8
	green  rgb = 0x10703c
	grey   rgb = 0x5c6470
	brown  rgb = 0x785038
	slate  rgb = 0x3a4454
	straw  rgb = 0xfff4d6
)

// mark is a shape that tells one status from another without its colour.
type mark int

const (
	tick mark = iota
	seal
	arrow
	query
	cross
	dash
	clock
	empty
	bang
)

// look is how a status or an outcome is drawn: shape, word and colour.
type look struct {
	mark  mark
	word  string
	color rgb
}

func statusLook(s control.Status) look {
	switch s {
	case control.Proven:
		return look{tick, "Proven", green}
	case control.Attested:
		return look{seal, "Attested", blue}
	case control.Planned:
		return look{arrow, "Planned", violet}
	case control.Unproven:
		return look{query, "Unproven", amber}
	case control.Contradicted:
		return look{cross, "Contradicted", red}
	case control.NotApplicable:
		return look{dash, "Not applicable", slate}
	case control.Stale:
		return look{clock, "Stale", brown}
	case control.Unanswered:
		return look{empty, "Unanswered", grey}
	}
	return look{query, string(s), amber}
}

func outcomeLook(o string) look {
	switch evidence.Outcome(o) {
	case evidence.Pass:
		return look{tick, "pass", green}
	case evidence.Warn:
		return look{bang, "warn", amber}
	case evidence.Fail:
		return look{cross, "fail", red}
	case evidence.Inconclusive:
		return look{query, "inconclusive", amber}
	case evidence.NotApplicable:
		return look{dash, "not applicable", slate}
	case evidence.NotRun:
		return look{empty, "not run", grey}
	case "missing":
		return look{empty, "no record", grey}
	}
	return look{query, o, amber}
}

// drawMark draws the shape of a look in a square with side d.
func (s *sheet) drawMark(x, y, d float64, l look) {
	f, m := s.f, d/2
	f.SetFillColor(l.color.parts())
	f.SetDrawColor(l.color.parts())
	f.SetLineWidth(d * 0.1)
	f.SetLineCapStyle("round")
	at := func(px, py float64) fpdf.PointType { return fpdf.PointType{X: x + px*d, Y: y + py*d} }
	stroke := func(points ...fpdf.PointType) {
		for i := 1; i < len(points); i++ {
			f.Line(points[i-1].X, points[i-1].Y, points[i].X, points[i].Y)
		}
	}
	onSolid := func() {
		f.SetDrawColor(white.parts())
		f.SetLineWidth(d * 0.13)
	}
	switch l.mark {
	case tick:
		f.Circle(x+m, y+m, m, "F")
		onSolid()
		stroke(at(.27, .52), at(.44, .69), at(.74, .34))
	case seal:
		f.Polygon([]fpdf.PointType{at(.5, 0), at(1, .5), at(.5, 1), at(0, .5)}, "F")
		f.SetFillColor(white.parts())
		f.Circle(x+m, y+m, d*.15, "F")
	case arrow:
		f.Polygon([]fpdf.PointType{at(.12, .02), at(.98, .5), at(.12, .98)}, "F")
	case query:
		f.Circle(x+m, y+m, m*.9, "D")
		f.SetLineWidth(d * 0.12)
		f.Arc(x+m, y+d*.4, d*.16, d*.16, 0, -60, 190, "D")
		stroke(at(.58, .54), at(.5, .62))
		f.Circle(x+m, y+d*.77, d*.07, "F")
	case cross:
		points := make([]fpdf.PointType, 8)
		for i := range points {
			a := (float64(i) + .5) * math.Pi / 4
			points[i] = at(.5+.53*math.Cos(a), .5+.53*math.Sin(a))
		}
		f.Polygon(points, "F")
		onSolid()
		stroke(at(.31, .31), at(.69, .69))
		stroke(at(.69, .31), at(.31, .69))
	case dash:
		f.Circle(x+m, y+m, m*.9, "D")
		f.SetLineWidth(d * 0.13)
		stroke(at(.28, .5), at(.72, .5))
	case clock:
		f.Circle(x+m, y+m, m*.9, "D")
		stroke(at(.5, .24), at(.5, .52), at(.7, .62))
	case bang:
		f.Polygon([]fpdf.PointType{at(.5, .02), at(1, .95), at(0, .95)}, "F")
		onSolid()
		stroke(at(.5, .35), at(.5, .62))
		stroke(at(.5, .79), at(.5, .8))
	case empty:
		f.SetDashPattern([]float64{d * .2, d * .16}, 0)
		f.SetLineCapStyle("butt")
		f.Rect(x+d*.06, y+d*.06, d*.88, d*.88, "D")
		f.SetDashPattern([]float64{}, 0)
	}
	f.SetLineCapStyle("butt")
}

const (
	badgeHeight = 5.2
	widestWord  = 30.0 // of a badge
)

// badgeWidth returns how wide the badge of a look is.
func (s *sheet) badgeWidth(l look) float64 {
	st := style{bold, 8, l.color}
	return s.measure(st, s.fit(st, l.word, widestWord)) + 7.6
}

// badge draws shape and word of a look in a frame and returns its width.
func (s *sheet) badge(x, y float64, l look) float64 {
	w, st := s.badgeWidth(l), style{bold, 8, l.color}
	s.f.SetDrawColor(l.color.parts())
	s.f.SetFillColor(white.parts())
	s.f.SetLineWidth(0.25)
	s.f.RoundedRect(x, y, w, badgeHeight, 1.1, "1234", "FD")
	s.drawMark(x+1.5, y+1.1, 3, l)
	s.put(x+5.8, y+1.1, st, s.fit(st, l.word, widestWord))
	return w
}

// tag draws a word on a solid ground, for SAMPLE and UNSIGNED, and returns its
// width.
func (s *sheet) tag(x, y float64, word string, c rgb) float64 {
	st := style{bold, 7.5, white}
	w := s.measure(st, word) + 3.4
	s.fill(x, y, w, badgeHeight-0.6, c)
	s.put(x+1.7, y+0.95, st, word)
	return w
}
