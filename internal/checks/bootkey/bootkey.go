// Package bootkey proves that the application refuses to start on a bad
// encryption key. Each key is given to a fresh process through the boot door;
// the running service is never touched.
package bootkey

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/stack"
)

// All lists the checks of this family.
func All() []*checks.Check {
	return []*checks.Check{Refusal, OptIn, DefaultEnvironment}
}

// spelling is one value of the variable that names the environment.
type spelling struct {
	class string // production or staging
	value string
	// alias marks a name that nothing declares: it is worth knowing, no more.
	alias bool
	// derived marks another writing of a declared name; it counts only where a
	// strong key boots under it, since refusing unknown names is sound too.
	derived bool
}

func (s spelling) String() string { return s.class + " as " + strconv.Quote(s.value) }

// spellings returns the declared names of each environment, then other
// writings of the first of them, then common aliases.
func spellings(b *stack.Boot) []spelling {
	declared := b.Environments
	if len(declared) == 0 {
		declared = map[string][]string{"production": {"production"}, "staging": {"staging"}}
	}
	aliases := map[string][]string{"production": {"prod", "prd", "live"}, "staging": {"stage", "stg", "preprod"}}
	var list []spelling
	seen := map[string]bool{}
	add := func(s spelling) {
		if !seen[s.value] {
			seen[s.value] = true
			list = append(list, s)
		}
	}
	classes := slices.Sorted(maps.Keys(declared))
	for _, class := range classes {
		for _, v := range declared[class] {
			add(spelling{class: class, value: v})
		}
	}
	for _, class := range classes {
		if len(declared[class]) > 0 {
			base := strings.ToLower(strings.TrimSpace(declared[class][0]))
			for _, v := range []string{base, strings.ToUpper(base), strings.ToUpper(base[:min(1, len(base))]) + base[min(1, len(base)):], base + " ", " " + base} {
				add(spelling{class: class, value: v, derived: true})
			}
		}
		for _, v := range aliases[class] {
			add(spelling{class: class, value: v, alias: true})
		}
	}
	return list
}

// firsts returns the first declared spelling of each environment.
func firsts(b *stack.Boot) []spelling {
	var out []spelling
	seen := map[string]bool{}
	for _, s := range spellings(b) {
		if !s.derived && !s.alias && !seen[s.class] {
			seen[s.class] = true
			out = append(out, s)
		}
	}
	return out
}

// start is one fresh process: an environment, a key, further variables.
type start struct {
	env      *string // nil leaves the variable unset
	key      key
	more     map[string]string
	limit    time.Duration
	ready    bool
	occupied bool
}

// launch runs one process and returns what became of it.
func launch(ctx context.Context, l *stack.Launcher, b *stack.Boot, s start) (stack.Launched, error) {
	la := stack.Launch{Set: map[string]string{}, Limit: s.limit, Ready: s.ready, Occupied: s.occupied}
	maps.Copy(la.Set, s.more)
	if s.env != nil {
		la.Set[b.Environment] = *s.env
	} else {
		la.Unset = append(la.Unset, b.Environment)
	}
	if s.key.unset {
		la.Unset = append(la.Unset, b.Key)
	} else {
		la.Set[b.Key] = s.key.value
	}
	return l.Run(ctx, la)
}

// via renders a start as a command; the key is described, never shown.
func via(b *stack.Boot, s start) string {
	var w strings.Builder
	w.WriteString("env -i PATH=\"$PATH\" HOME=\"$HOME\" <boot.env>")
	if s.env != nil {
		fmt.Fprintf(&w, " %s='%s'", b.Environment, *s.env)
	}
	for _, k := range slices.Sorted(maps.Keys(s.more)) {
		fmt.Fprintf(&w, " %s='%s'", k, s.more[k])
	}
	if !s.key.unset {
		fmt.Fprintf(&w, " %s='<%s>'", b.Key, s.key.name)
	}
	w.WriteString(" " + strings.Join(b.Command, " "))
	if s.occupied {
		w.WriteString(" (with its port taken)")
	}
	return w.String()
}

// boots is what a control wants to see.
const boots = "listens and answers"

// control says what became of a process with a strong key.
func control(b *stack.Boot, k key, r stack.Launched, err error) string {
	switch {
	case err != nil:
		return "could not be started: " + err.Error()
	case r.Exited:
		return fmt.Sprintf("%s, saying: %s", ended(r), said(r.Output, k))
	case !r.Listened:
		return fmt.Sprintf("did not listen within %s, saying: %s", b.Timeout, said(r.Output, k))
	case b.Ready != "" && r.Ready == 0:
		return "listens, but does not answer " + b.Ready
	}
	return boots
}

func ended(r stack.Launched) string {
	if r.Signal != "" {
		return "ended by signal (" + r.Signal + ")"
	}
	return fmt.Sprintf("exited %d", r.Code)
}

// said returns the first words of an output, with every form of the key taken out.
func said(output string, k key) string {
	for _, f := range k.forms() {
		output = strings.ReplaceAll(output, f.text, "[key]")
	}
	output = strings.Join(strings.Fields(output), " ")
	if output == "" {
		return "nothing"
	}
	if len(output) > 200 {
		output = output[:200] + "..."
	}
	return strconv.Quote(output)
}

// names reports whether the output names the variable that holds the key.
func names(b *stack.Boot, output string) bool {
	return strings.Contains(strings.ToLower(output), strings.ToLower(b.Key))
}

// patience is how long a process with a bad key may take: far longer than one
// with a strong key took to listen.
func patience(b *stack.Boot, strong time.Duration) time.Duration {
	return min(b.Timeout, max(3*time.Second, 20*strong))
}
