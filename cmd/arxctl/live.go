package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
)

// live tells a person how a run goes on: one line that is rewritten on a
// terminal, families side by side; a plain line a check elsewhere; nothing in CI,
// where green is one line.
type live struct {
	s        *streams
	terminal bool
	silent   bool
	families []string
	total    map[string]int
	ended    map[string]int
	bad      map[string]int
	seen     int
	drawn    time.Time
}

func newLive(s *streams, list []*checks.Check) *live {
	l := &live{s: s, terminal: terminal(s.err), silent: os.Getenv("CI") != "", total: map[string]int{}, ended: map[string]int{}, bad: map[string]int{}}
	for _, c := range list {
		f := c.Family()
		if !slices.Contains(l.families, f) {
			l.families = append(l.families, f)
		}
		l.total[f]++
	}
	return l
}

func (l *live) listen(e checks.Event) {
	if l.silent {
		return
	}
	f := e.Check.Family()
	if e.Unit != "" {
		l.seen++
	}
	if e.Evidence != nil {
		l.ended[f]++
		if o := e.Evidence.Outcome; o == evidence.Fail || o == evidence.Inconclusive {
			l.bad[f]++
		}
		if !l.terminal {
			note(l.s, "%-14s %s", e.Evidence.Outcome, e.Check.ID)
			return
		}
	}
	// Twenty pictures a second are enough for an eye.
	if l.terminal && (e.Evidence != nil || time.Since(l.drawn) > 50*time.Millisecond) {
		l.draw()
	}
}

func (l *live) draw() {
	l.drawn = time.Now()
	var parts []string
	for _, f := range l.families {
		p := fmt.Sprintf("%s %d/%d", f, l.ended[f], l.total[f])
		if l.bad[f] > 0 {
			p += fmt.Sprintf(" (%d bad)", l.bad[f])
		}
		parts = append(parts, p)
	}
	line := strings.Join(parts, "   ") + fmt.Sprintf("   %d observations", l.seen)
	if w := widthOf(l.s.err); len(line) >= w {
		line = line[:w-1]
	}
	fmt.Fprintf(l.s.err, "\r\x1b[2K%s", line)
}

// close removes the live line.
func (l *live) close() {
	if l.terminal && !l.silent {
		fmt.Fprint(l.s.err, "\r\x1b[2K")
	}
}
