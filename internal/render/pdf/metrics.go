package pdf

import (
	"encoding/binary"
	"fmt"
)

// metrics is what laying out text needs to know of a typeface: which
// characters of the basic plane it can draw, and how wide each is. The writing
// library draws a character that is missing as nothing, so it has to be known
// beforehand.
type metrics struct {
	// advance holds one more than the width in thousandths of the type size;
	// zero means that the typeface has no such character.
	advance [1 << 16]uint16
}

// has reports whether the typeface can draw r.
func (m *metrics) has(r rune) bool {
	return r >= 0 && r < 1<<16 && m.advance[r] > 0
}

// width returns the width of r in thousandths of the type size.
func (m *metrics) width(r rune) int {
	if !m.has(r) {
		return 0
	}
	return int(m.advance[r]) - 1
}

// readMetrics reads the tables head, hhea, hmtx and cmap (format 4) of a
// TrueType file; see the OpenType specification, chapter "Font Tables".
func readMetrics(ttf []byte) (*metrics, error) {
	t, err := tables(ttf)
	if err != nil {
		return nil, err
	}
	perEm := int(binary.BigEndian.Uint16(t["head"][18:]))
	long := int(binary.BigEndian.Uint16(t["hhea"][34:]))
	if perEm == 0 || long == 0 {
		return nil, fmt.Errorf("font: %d units per em and %d widths, expected more than none", perEm, long)
	}
	m := &metrics{}
	return m, eachGlyph(t["cmap"], func(r rune, glyph int) {
		if glyph >= long {
			glyph = long - 1 // the last width stands for all that follow
		}
		w := int(binary.BigEndian.Uint16(t["hmtx"][4*glyph:]))
		m.advance[r] = uint16((w*1000+perEm/2)/perEm) + 1
	})
}

// tables returns the tables of a TrueType file by name.
func tables(ttf []byte) (map[string][]byte, error) {
	if len(ttf) < 12 {
		return nil, fmt.Errorf("font: %d bytes, expected a TrueType file", len(ttf))
	}
	found := map[string][]byte{}
	for i := range int(binary.BigEndian.Uint16(ttf[4:])) {
		entry := ttf[12+16*i:]
		from, size := binary.BigEndian.Uint32(entry[8:]), binary.BigEndian.Uint32(entry[12:])
		if uint64(from)+uint64(size) > uint64(len(ttf)) {
			return nil, fmt.Errorf("font: table %q ends beyond the file", entry[:4])
		}
		found[string(entry[:4])] = ttf[from : from+size]
	}
	for _, name := range []string{"head", "hhea", "hmtx", "cmap"} {
		if found[name] == nil {
			return nil, fmt.Errorf("font: no table %q", name)
		}
	}
	return found, nil
}

// eachGlyph calls f for every character of the basic plane that has a glyph.
func eachGlyph(cmap []byte, f func(r rune, glyph int)) error {
	for i := range int(binary.BigEndian.Uint16(cmap[2:])) {
		entry := cmap[4+8*i:]
		platform, encoding := binary.BigEndian.Uint16(entry), binary.BigEndian.Uint16(entry[2:])
		sub := cmap[binary.BigEndian.Uint32(entry[4:]):]
		if platform == 3 && encoding == 1 && binary.BigEndian.Uint16(sub) == 4 {
			eachInFormat4(sub, f)
			return nil
		}
	}
	return fmt.Errorf("font: no character map of platform 3, encoding 1, format 4")
}

func eachInFormat4(sub []byte, f func(r rune, glyph int)) {
	at := func(i int) int { return int(binary.BigEndian.Uint16(sub[i:])) }
	segs := at(6) / 2
	ends, starts := 14, 16+2*segs
	deltas, offsets := starts+2*segs, starts+4*segs
	for s := range segs {
		for c := at(starts + 2*s); c <= at(ends+2*s) && c < 0xffff; c++ {
			glyph := c
			if off := at(offsets + 2*s); off != 0 {
				if glyph = at(offsets + 2*s + off + 2*(c-at(starts+2*s))); glyph == 0 {
					continue
				}
			}
			if glyph = (glyph + at(deltas+2*s)) & 0xffff; glyph != 0 {
				f(rune(c), glyph)
			}
		}
	}
}
