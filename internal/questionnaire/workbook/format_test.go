package workbook

import "testing"

func TestNumbersAsShown(t *testing.T) {
	for _, c := range []struct {
		format format
		stored string
		want   string
	}{
		{builtIn(0), "45964", "45964"}, {builtIn(14), "45964", "2025-11-03"}, {builtIn(22), "45964.75", "2025-11-03"},
		{formatOf(`[$-409]d\-mmm\-yyyy;@`), "45964", "2025-11-03"}, {formatOf(`yyyy"-"mm"-"dd`), "45964", "2025-11-03"}, {formatOf("yy"), "45964", "2025-11-03"}, {formatOf("d mmm"), "45964", "2025-11-03"}, {formatOf("mm"), "45964", "45964"}, {formatOf("dd"), "45964", "45964"},
		{formatOf("0.00"), "1.1", "1.10"}, {formatOf("0.0"), "1.1000000000000001", "1.1"}, {formatOf("0"), "7", "7"},
		{builtIn(9), "0.99", "99%"}, {formatOf("0.0%"), "0.999", "99.9%"},
		{formatOf("General"), "1.1000000000000001", "1.1"}, {formatOf(`#,##0.00 "days"`), "3", "3"}, {formatOf("[Red]General"), "3", "3"},
		{formatOf("mm:ss"), "0.5", "0.5"}, {builtIn(14), "1e9", "1000000000"}, {builtIn(14), "no number", "no number"}, {format{}, "", ""},
	} {
		if got := c.format.show(c.stored, false); got != c.want {
			t.Errorf("%q in %+v shows %q, want %q", c.stored, c.format, got, c.want)
		}
	}
	for code, masks := range map[string]bool{
		"General": false, "@": false, "0.00": false, ";;;@": false, "0;-0;0;General": false, `_(* #,##0_);_(* \(#,##0\);_(* "-"_);_(@_)`: false, ";;": false, `"No"`: false, `"a;b"0;0;0`: false, "[Red]@": false, `0;\;0;0`: false,
		";;;": true, `"No";"No";"No";"No"`: true, `0;0;0;"No"`: true, `"not "@`: true, `@" not"`: true, `0;0;@@`: true, `;;;* `: true, `0;0;0;*N@`: true, ";;;;@": true,
	} {
		if got := formatOf(code).masks; got != masks {
			t.Errorf("%q shows a text as another: %t", code, got)
		}
	}
	if got := builtIn(14).show("44502", true); got != "2025-11-03" {
		t.Errorf("counted from 1904 the date is %s", got)
	}
}
