package gate_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/gate"
	"github.com/arxsec/arxctl/internal/gate/report"
)

// told lists what a difference says, one short line a thing.
func told(d *gate.Difference) string {
	var out []string
	turns := func(name string, list []gate.Turn) {
		for _, t := range list {
			line := fmt.Sprintf("%s %s>%s %s", name, t.Before, t.After, strings.Join(t.Units, ","))
			if t.OtherQuestion {
				line += " other-question"
			}
			out = append(out, strings.TrimSpace(line))
		}
	}
	covers := func(name string, list []gate.Coverage) {
		for _, c := range list {
			out = append(out, fmt.Sprintf("%s %d>%d gone %v out %v", name, c.Before, c.After, c.Gone, c.Excluded))
		}
	}
	turns("failure", d.NewFailures)
	turns("blind", d.NewlyBlind)
	covers("shrank", d.Shrunk)
	turns("fixed", d.Fixed)
	turns("sight", d.SightRegained)
	turns("warned", d.Warned)
	turns("unwarned", d.Unwarned)
	turns("otherwise", d.Otherwise)
	covers("grew", d.Grew)
	for _, id := range d.Added {
		out = append(out, "added "+id)
	}
	for _, id := range d.Removed {
		out = append(out, "removed "+id)
	}
	return strings.Join(out, "; ")
}

func TestDiffNamesWhatChanged(t *testing.T) {
	const id = "tenancy.read"
	none := []evidence.Evidence{}
	is := func(e evidence.Evidence) []evidence.Evidence { return []evidence.Evidence{e} }
	excluded := record(id, "a", "-b")
	lostBehind := with(record(id, "!a", "b"), func(e *evidence.Evidence) {
		e.Error = "connection lost"
		e.Observations = e.Observations[:2]
		*e = judged(*e)
	})
	for _, tc := range []struct {
		name          string
		before, after []evidence.Evidence
		want          string
		code          string // worse how: failed, blind
	}{
		{"the same", is(record(id, "a", "b")), is(record(id, "a", "b")), "", ""},
		{"a new failure", is(record(id, "a", "b")), is(record(id, "a", "!b")), "failure pass>fail b", "failed"},
		{"a new failure of what could not be seen", is(record(id, "a", "?b")), is(record(id, "a", "!b")), "failure inconclusive>fail b", "failed"},
		{"another unit of a failing check", is(record(id, "!a", "b")), is(record(id, "!a", "!b")), "failure fail>fail b", "failed"},
		{"another unit in the place of one", is(record(id, "!a", "b")), is(record(id, "a", "!b")), "failure fail>fail b; fixed fail>fail a", "failed"},
		{"fixed", is(record(id, "!a", "b")), is(record(id, "a", "b")), "fixed fail>pass a", ""},
		{"fixed in part", is(record(id, "!a", "!b")), is(record(id, "a", "!b")), "fixed fail>fail a", ""},
		{"a failing unit taken out of sight is not fixed", is(record(id, "!a", "b")), is(record(id, "b")), "shrank 2>1 gone [a] out map[]", "blind"},
		{"a failing unit declared out is not fixed", is(record(id, "a", "!b")), is(excluded), "shrank 2>1 gone [] out map[b:a lookup table]", "blind"},
		{"newly blind", is(record(id, "a", "b")), is(record(id, "a", "?b")), "blind pass>inconclusive b", "blind"},
		{"a failure that is no longer looked at", is(record(id, "!a", "b")), is(record(id, "?a", "b")), "blind fail>inconclusive a", "blind"},
		{"not run any more", is(record(id, "a")), is(notRun(id, "the db door is closed: no")), "blind pass>not-run", "blind"},
		{"nothing there any more", is(record(id, "a")), is(absent(id)), "blind pass>not-applicable", "blind"},
		{"no record any more", is(record(id, "a")), none, "blind pass>missing; removed tenancy.read", "blind"},
		{"sight lost behind a failure", is(record(id, "a", "b")), is(record(id, "!a", "?b")), "failure pass>fail a; blind pass>fail b", "failed blind"},
		{"an error behind a failure", is(record(id, "!a", "b")), is(lostBehind), "blind fail>fail b", "blind"},
		{"sight regained", is(record(id, "a", "?b")), is(record(id, "a", "b")), "sight inconclusive>pass", ""},
		{"a check added", none, is(record(id, "a")), "added tenancy.read", ""},
		{"a check added that fails", none, is(record(id, "!a")), "failure missing>fail a; added tenancy.read", "failed"},
		{"a check removed that never saw", is(notRun(id, "no door")), none, "otherwise not-run>missing; removed tenancy.read", ""},
		{"a unit left", is(record(id, "a", "b", "c")), is(record(id, "a")), "shrank 3>1 gone [b c] out map[]", "blind"},
		{"a unit left and another came", is(record(id, "a", "b")), is(record(id, "a", "c")), "shrank 2>2 gone [b] out map[]; grew 2>2 gone [c] out map[]", "blind"},
		{"newly left out", is(record(id, "a", "b")), is(excluded), "shrank 2>1 gone [] out map[b:a lookup table]; warned pass>warn b", "blind"},
		{"left out no more", is(excluded), is(record(id, "a", "b")), "unwarned warn>pass b; grew 1>2 gone [] out map[b:a lookup table]", ""},
		{"a warning", is(record(id, "a")), is(record(id, "~a")), "warned pass>warn a", ""},
		{"another version", is(record(id, "a")), is(with(record(id, "!a"), func(e *evidence.Evidence) { e.Check.Version = 2 })), "failure pass>fail a other-question", "failed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := gate.Diff(run(tc.before...), run(tc.after...))
			if got := told(d); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			code := ""
			if d.Failed() {
				code = "failed"
			}
			if d.LostSight() {
				code = strings.TrimSpace(code + " blind")
			}
			if code != tc.code {
				t.Errorf("worse: %q, want %q (%s)", code, tc.code, d.Summary())
			}
		})
	}
}

func TestDiffSaysWhoWasLookedAtFirst(t *testing.T) {
	x, y := run(record("tenancy.read", "a")), run(record("tenancy.read", "a"))
	y.Stack.Build, y.Stack.Identity, y.Stack.Environment = "8", map[string]string{"db.server": "PostgreSQL 16", "db.role": "app"}, "production"
	y.Records[0].Check.Version, y.Records[0].Check.Proves, y.Records[0].Check.Effects = 2, "more", []string{"rolled back"}
	y.Ended = ended.AddDate(0, 0, -1)
	d := gate.Diff(x, y)
	if !d.OtherStack || !d.Backwards {
		t.Errorf("another environment: %t, the wrong way round: %t", d.OtherStack, d.Backwards)
	}
	var text bytes.Buffer
	if err := report.DiffText(&text, d); err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, want := range []string{"ANOTHER STACK", "BACKWARDS", "NOT THE SAME", "environment shared -> production", "build    7 -> 8", "db.role  nothing -> app", "db.server PostgreSQL 15 -> PostgreSQL 16",
		"DOCUMENTATION tenancy.read", "version  1 -> 2", "proves   it -> more", "effects  nothing -> rolled back", "nothing worse"} {
		i := strings.Index(text.String()[at:], want)
		if i < 0 {
			t.Fatalf("%q is not there, or not after what comes before it:\n%s", want, &text)
		}
		at += i
	}
}

func TestDiffIsWrittenForEachReader(t *testing.T) {
	bad := record("tenancy.read", "a", "!b\x1b[2J<script>|`x`")
	d := gate.Diff(run(record("tenancy.read", "a", "b\x1b[2J<script>|`x`"), record("tenancy.write", "a", "b")), run(bad, record("tenancy.write", "a")))
	var text, md, js bytes.Buffer
	for _, err := range []error{report.DiffText(&text, d), report.DiffMarkdown(&md, d), report.JSON(&js, d)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(text.String(), "\x1b") || !strings.Contains(text.String(), "NEW FAILURE tenancy.read") || !strings.Contains(text.String(), "gone     b") {
		t.Errorf("text:\n%s", &text)
	}
	if strings.Contains(md.String(), "<script>") || !strings.Contains(md.String(), `\<script\>`) {
		t.Errorf("markdown:\n%s", &md)
	}
	var back gate.Difference
	if err := json.Unmarshal(js.Bytes(), &back); err != nil || len(back.NewFailures) != 1 || len(back.Shrunk) != 1 || strings.Contains(js.String(), "null") {
		t.Errorf("json: %v\n%s", err, &js)
	}
}

func TestDiffOfNothingIsNoComparison(t *testing.T) {
	if d := gate.Diff(run(), run(notRun("tenancy.read", "no door"))); !d.Nothing() || !strings.Contains(d.Summary(), "nothing was looked at") {
		t.Errorf("%s", d.Summary())
	}
	if d := gate.Diff(run(record("tenancy.read", "a")), run()); d.Nothing() || !d.LostSight() {
		t.Errorf("a run that holds nothing, after one that saw: %s", d.Summary())
	}
}
