package pdf

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/render"
)

const (
	unsignedText = "UNSIGNED"
	fieldColumn  = 38.0 // where the values on the cover begin
)

// cover says what this is, of which system, from which run, and draws how the
// answers stand.
func (r *report) cover() {
	r.newPage()
	r.f.SetFont(sans.family(), "", 9)
	r.f.Bookmark("Summary", 0, 0)
	r.y = 29
	r.text(left, width, style{bold, 9, muted}, "READINESS EVIDENCE · "+r.doc.ID)
	r.y += 1.5
	r.text(left, width, style{bold, 22, ink}, r.doc.Title)
	r.y += 1.5
	r.text(left, width, style{bold, 12, link}, notAReport+".")
	r.y += 1
	r.text(left, width-10, style{sans, 9.5, muted}, r.doc.Notice)
	r.y += 4
	r.identity()
	r.y += 5
	r.summary()
	r.key()
}

// identity is the table of what was examined, and from what this was made.
func (r *report) identity() {
	d := r.doc
	r.field("Scope", r.scope())
	r.field("Stack", stackName(d.Stack)+kindText(d.Stack.Kind))
	r.field("Environment", orNone(d.Stack.Environment))
	r.field("Build", orNone(d.Stack.Build))
	for _, key := range slices.Sorted(maps.Keys(d.Stack.Identity)) {
		r.field(identityName(key), d.Stack.Identity[key])
	}
	when := minute(d.RunStarted) + " to " + minute(d.RunEnded)
	if !d.RunComplete {
		when += ", interrupted before every selected check had ended"
	}
	r.field("Examined", when)
	r.field("As of", day(d.AsOf))
	r.field("Collected by", orNone(d.Tool))
	r.fieldIfAny("Audience", render.AudienceText(d))
	r.fieldStyled("Run digest", "SHA-256 "+orNone(r.digest()), style{mono, 8.3, ink})
	if d.KeyID != "" {
		r.fieldStyled("Sealed with key", "SHA-256 "+d.KeyID, style{mono, 8.3, ink})
		r.field("Signature", "To know whether it holds: arxctl verify FILE.pdf --key PUBLIC-KEY, with the key from its owner.")
		return
	}
	r.keep(7)
	y := r.y
	r.field("Signature", "")
	w := r.tag(left+fieldColumn, y-0.3, unsignedText, amber)
	r.y = y
	r.text(left+fieldColumn+2+w, width-fieldColumn-2-w, style{sans, 9.5, ink}, "Nobody has signed this run: its digest shows changes, not who collected it.")
	r.y += 1.1
}

// identityName makes a name such as "db.system_identifier" readable.
func identityName(key string) string {
	name := strings.NewReplacer(".", " ", "_", " ").Replace(key)
	for short, long := range map[string]string{"db": "DB", "api": "API"} {
		if rest, ok := strings.CutPrefix(name, short+" "); ok {
			return long + " " + rest
		}
	}
	return capital(name)
}

func kindText(kind string) string {
	switch kind {
	case "reference":
		return " (reference stack)"
	case "vendor":
		return " (the vendor's system)"
	case "":
		return ""
	}
	return " (" + kind + ")"
}

func (r *report) field(name, value string) {
	r.fieldStyled(name, value, style{sans, 9.5, ink})
}

func (r *report) fieldIfAny(name, value string) {
	if value != "" {
		r.field(name, capital(value))
	}
}

func (r *report) fieldStyled(name, value string, st style) {
	label := style{sans, 9.5, muted}
	names := first(3, r.lines(label, name, fieldColumn-2))
	lines := r.lines(st, value, width-fieldColumn)
	r.keep(float64(max(len(names), min(len(lines), 2))) * label.lead())
	y, page := r.y, r.page
	for i, line := range names {
		r.put(left, y+float64(i)*label.lead(), label, line)
	}
	r.draw(left+fieldColumn, st, lines)
	if r.page == page {
		r.y = max(r.y, y+float64(max(len(names), 1))*label.lead())
	}
	r.y += 0.6
}

// scope says how much was asked and how much was looked at.
func (r *report) scope() string {
	asked := 0
	for _, section := range r.doc.Sections {
		asked += len(section.Answers)
	}
	s := count(asked, r.noun.one, r.noun.many) + " in " + count(len(r.doc.Sections), "section", "sections")
	if r.run == nil {
		return s + "; no run was given."
	}
	ran := 0
	for _, e := range r.run.Records {
		if e.Outcome != "not-run" {
			ran++
		}
	}
	missing := 0
	for _, id := range r.doc.Checks {
		if _, ok := r.run.Find(id); !ok {
			missing++
		}
	}
	s += fmt.Sprintf("; %s ran against one stack. The answers rest on %s", count(ran, "check", "checks"), count(len(r.doc.Checks), "check", "checks"))
	if missing > 0 {
		s += fmt.Sprintf(", %d without a record in this run", missing)
	}
	return s + "."
}

// summary draws the statuses as a bar with a legend of shapes, words and
// counts, and counts what nothing decides.
func (r *report) summary() {
	type part struct {
		look look
		n    int
	}
	var parts []part
	total := 0
	for _, st := range bestFirst() {
		if n := r.tally(st); n > 0 {
			parts = append(parts, part{statusLook(st), n})
			total += n
		}
	}
	r.keep(48)
	r.text(left, width, style{bold, 12, ink}, "How the answers stand")
	r.y += 1.5
	if total == 0 {
		r.text(left, width, style{sans, 9.5, ink}, "This document asks nothing: it has no "+r.noun.many+".")
		return
	}
	const gap, height = 0.6, 9.0
	room := width - gap*float64(len(parts)-1)
	x, number := left, style{bold, 9, white}
	for _, p := range parts {
		w := room * float64(p.n) / float64(total)
		r.fill(x, r.y, w, height, p.look.color)
		text := strconv.Itoa(p.n)
		if tw := r.measure(number, text); tw+1 < w {
			r.put(x+(w-tw)/2, r.y+2.7, number, text)
		}
		x += w + gap
	}
	r.y += height + 3
	for i, p := range parts {
		column := left + float64(i%4)*width/4
		r.drawMark(column, r.y+0.4, 3.4, p.look)
		st := style{sans, 9.5, ink}
		r.put(column+5, r.y, st, fmt.Sprintf("%d  %s", p.n, p.look.word))
		if i%4 == 3 || i == len(parts)-1 {
			r.y += 6
		}
	}
	r.y += 1
	r.remarks(total)
}

// remarks are the counts that a bar would hide.
func (r *report) remarks(total int) {
	st := style{sans, 9.5, ink}
	if n := r.tally(control.Unanswered); n > 0 {
		verb, them := "are", "them"
		if n == 1 {
			verb, them = "is", "it"
		}
		r.text(left, width, style{bold, 9.5, ink}, fmt.Sprintf("%s %s decided by nothing", count(n, r.noun.one, r.noun.many), verb))
		r.text(left, width, st, "No control decides "+them+"; each says so, and who should bring the answer.")
	} else {
		r.text(left, width, st, fmt.Sprintf("None of the %s is decided by nothing.", count(total, r.noun.one, r.noun.many)))
	}
	samples := 0
	for _, section := range r.doc.Sections {
		for _, a := range section.Answers {
			if a.Sample {
				samples++
			}
		}
	}
	if samples > 0 || r.doc.Samples {
		r.y += 1.5
		r.keep(10)
		y := r.y
		w := r.tag(left, y-0.3, "SAMPLE", red)
		r.text(left+w+2, width-w-2, st, fmt.Sprintf("%s on sample attestations, which nobody has signed.",
			count(samples, "answer draws", "answers draw")))
	}
}

// key says what the words in use mean, for a reader who has only this document.
func (r *report) key() {
	var used []control.Status
	for _, st := range bestFirst() {
		if r.tally(st) > 0 {
			used = append(used, st)
		}
	}
	if len(used) == 0 {
		return
	}
	r.y += 4
	r.keep(12 + 5*float64(len(used)))
	r.text(left, width, style{bold, 12, ink}, "What the words mean")
	r.y += 1.5
	word, says := style{bold, 9, ink}, style{sans, 9, ink}
	for _, st := range used {
		l := statusLook(st)
		r.keep(says.lead())
		r.drawMark(left, r.y+0.4, 3.2, l)
		r.put(left+5, r.y, word, l.word)
		r.text(left+fieldColumn, width-fieldColumn, says, meaning(st))
		r.y += 0.5
	}
}

func meaning(s control.Status) string {
	switch s {
	case control.Proven:
		return "Every required check saw its whole population and found no harm; warnings stand beside it."
	case control.Attested:
		return "A named role signed for it, with a date, an expiry and the digest of a document."
	case control.NotApplicable:
		return "Does not apply, for the reason given."
	case control.Planned:
		return "Not in place. The answer stays No until it is, whatever a check may find."
	case control.Stale:
		return "Was proven or attested, and is now older than its limit."
	case control.Unproven:
		return "Something that is required was not looked at, could not be seen, or has not been brought."
	case control.Contradicted:
		return "A required check found otherwise, whatever anybody signed."
	}
	return "No control decides it, so the evidence says nothing."
}

// bestFirst lists the statuses from the strongest to the weakest, with those
// that nothing decides last.
func bestFirst() []control.Status {
	list := control.Statuses()
	slices.Reverse(list)
	if i := slices.Index(list, control.Unanswered); i == 0 {
		list = append(list[1:], control.Unanswered)
	}
	return list
}

func orNone(s string) string {
	if s == "" {
		return "not recorded"
	}
	return s
}

func capital(s string) string {
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}

// frame writes the running head and foot on every page, once their number is
// known.
func (r *report) frame() {
	pages := r.f.PageCount()
	small := style{sans, 7.5, muted}
	for page := 1; page <= pages; page++ {
		r.turnTo(page)
		if r.doc.Demonstration != "" {
			r.fill(left, 8, width, 6.4, straw)
			r.fill(left, 8, 1.2, 6.4, amber)
			r.drawMark(left+3, 9.3, 3.6, look{mark: bang, color: amber})
			st := style{bold, 9, amber}
			r.put(left+8, 9.3, st, r.fit(st, r.doc.Demonstration, width-12))
		}
		from := left
		if r.doc.KeyID == "" {
			from += r.tag(left, 16.2, unsignedText, amber) + 2
		}
		run := "run " + short(orNone(r.digest())) + " · as of " + day(r.doc.AsOf)
		r.right(left+width, 17, small, run)
		room := width - (from - left) - r.measure(small, run) - 6
		r.put(from, 17, small, r.fit(small, r.doc.Title+" · "+stackName(r.doc.Stack)+" · build "+orNone(r.doc.Stack.Build), room))
		r.rule(left, 21.6, width, faint)
		r.rule(left, 281, width, faint)
		r.put(left, 283, small, notAReport)
		r.right(left+width, 283, small, fmt.Sprintf("%d of %d", page, pages))
	}
	r.turnTo(pages)
}
