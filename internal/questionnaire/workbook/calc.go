package workbook

import "fmt"

// calculateOnLoad asks the program that opens the workbook to calculate every
// formula anew (calcPr, fullCalcOnLoad: ECMA-376 part 1, 18.2.2), since the
// values stored with formulas may depend on what was written.
func calculateOnLoad(part string, xml []byte, depth int) ([]byte, error) {
	s := scan(part, xml, depth)
	prefix, after := "", 0
	for s.next() {
		if s.kind != opening && s.kind != closing {
			continue
		}
		switch d := s.depth(); {
		case d == 1 && s.kind == opening && len(s.prefix) > 0:
			prefix = string(s.prefix) + ":"
		case d == 2 && s.kind == opening && s.is("calcPr"):
			base := s.start + 1 + len(s.prefix) + len(s.name) + colon(s.prefix)
			if v, ok := s.raw("fullCalcOnLoad"); ok {
				if s.flag("fullCalcOnLoad", false) {
					return xml, nil
				}
				return splices(xml, []splice{{base + v.start, base + v.end, "1"}}), nil
			}
			at := base
			s.each(func(_ []byte, v span) bool { at = base + v.end + 1; return true })
			return splices(xml, []splice{{at, at, ` fullCalcOnLoad="1"`}}), nil
		case d == 2 && (s.is("sheets") || s.is("functionGroups") || s.is("externalReferences") || s.is("definedNames")):
			after = s.end
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	return splices(xml, []splice{{after, after, fmt.Sprintf(`<%scalcPr fullCalcOnLoad="1"/>`, prefix)}}), nil
}
