package tenancy

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// writes finds words in a function's body for which it is not called, though
// it would be in a transaction that may only read.
var writes = regexp.MustCompile(`(?i)\b(insert|update|delete|truncate|merge|create|alter|drop|grant|revoke|copy|set_config|nextval|setval|notify|pg_notify|dblink\w*|lo_\w+|http\w*|pg_terminate_backend|pg_cancel_backend|pg_read_file|pg_sleep|pg_advisory\w*|execute)\b`)

// functions calls what runs with its owner's rights.
func (p *paths) functions(ctx context.Context) error {
	for _, f := range p.s.cat.Functions {
		if !f.Definer || !f.CanExecute || f.Kind != "f" || strings.HasSuffix(f.Returns, "trigger") || f.Language == "c" || f.Language == "internal" {
			continue
		}
		unit := "function " + f.String()
		free := p.free(f)
		if !f.Pinned() {
			p.rec.Advice(unit, "it runs with its owner's rights and sets its own search_path", "SELECT proconfig FROM pg_proc", evidence.Equals("set"), "not set")
		}
		if !p.callable(f) {
			if free {
				p.rec.Advice(unit, "it runs with the rights of "+f.Owner+", whom row security does not bind, and was not called: it writes, or its arguments could not be guessed", "SELECT prosecdef FROM pg_proc", evidence.Equals("called"), "not called")
			}
			continue
		}
		if err := p.call(ctx, unit, f, free); err != nil {
			return err
		}
	}
	return nil
}

// free reports whether row security does not bind the function's owner: it
// bypasses it, or owns a tenant table that does not FORCE it.
func (p *paths) free(f *catalog.Function) bool {
	return f.OwnerFree || slices.ContainsFunc(p.s.tables, func(t *table) bool { return t.rel.Owner == f.Owner && !t.rel.Force })
}

func (p *paths) callable(f *catalog.Function) bool {
	if f.Volatility == "v" && writes.MatchString(f.Source) || f.Required > 2 {
		return false
	}
	return !slices.ContainsFunc(f.ArgTypes[:f.Required], func(t string) bool { return p.guesses(t, nil, "") == nil })
}

// guesses are literals for an argument of this type that could fetch rows of
// the other tenant: its id, keys of its rows, and what matches everything.
func (p *paths) guesses(argType string, keys map[string][]string, foe string) []string {
	base := strings.NewReplacer("integer", "int4", "bigint", "int8", "smallint", "int2", "character varying", "varchar").Replace(argType)
	cast := func(values ...string) []string {
		var out []string
		for _, v := range values {
			out = append(out, "CAST("+literal(v)+" AS "+argType+")")
		}
		return out
	}
	c := catalog.Column{Base: base}
	var out []string
	switch base {
	case "uuid", "int2", "int4", "int8", "numeric", "text", "varchar", "citext", "name":
		if foe == "" {
			return []string{"NULL"}
		}
		if fits(&c, foe) {
			out = cast(foe)
		}
		out = append(out, cast(keys[base]...)...)
		switch {
		case c.Base == "text" || c.Base == "varchar" || c.Base == "citext" || c.Base == "name":
			out = append(out, cast("%", "")...)
		case base != "uuid":
			out = append(out, cast("100")...)
		}
		if len(out) == 0 {
			out = []string{"CAST(NULL AS " + argType + ")"}
		}
		return out
	case "boolean":
		return cast("true", "false")
	case "date", "timestamp without time zone", "timestamp with time zone":
		return cast("2000-01-01")
	}
	return nil
}

// rowKeys are primary keys of rows that only the other side sees, by type.
func (p *paths) rowKeys(ctx context.Context, y *side) (map[string][]string, error) {
	return p.rowKeysOf(ctx, y, p.tables[:min(len(p.tables), 60)])
}

func (p *paths) rowKeysOf(ctx context.Context, y *side, tables []*table) (map[string][]string, error) {
	var asks []ask
	bases := map[string]string{}
	for _, t := range tables {
		if len(t.rel.Primary) == 0 {
			continue
		}
		name := t.rel.Primary[len(t.rel.Primary)-1]
		c := t.rel.Column(name)
		if c == nil || t.has(name) {
			continue
		}
		where := ""
		if t.byColumn() {
			where = " WHERE " + t.ownRow("", y.actor.ID)
		}
		bases[t.String()] = c.Base
		asks = append(asks, ask{key: t.String(), sql: "SELECT " + ident(name) + "::text FROM " + t.rel.Quoted() + where + " LIMIT 1"})
	}
	got, err := inRead(ctx, y.conn, y.actor, asks)
	if err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for _, q := range asks {
		if a := got[q.key]; a.ok() && a.val != "" && len(out[bases[q.key]]) < 12 && !slices.Contains(out[bases[q.key]], a.val) {
			out[bases[q.key]] = append(out[bases[q.key]], a.val)
		}
	}
	return out, nil
}

// call calls the function as both sides with every guess and looks for the
// other tenant in what it returns. What names no tenant is looked at by what
// it depends on.
func (p *paths) call(ctx context.Context, unit string, f *catalog.Function, free bool) error {
	p.rec.Population(pathUnit, unit)
	names := p.tenantKeys(f)
	for _, x := range p.s.sides() {
		y := p.s.other(x)
		keys, err := p.rowKeys(ctx, y)
		if err != nil {
			return err
		}
		var asks []ask
		for _, args := range p.combine(f, keys, y.actor.ID) {
			asks = append(asks, ask{key: args, sql: p.foreignIn(f, args, names, x, y)})
		}
		got, err := inRead(ctx, x.conn, x.actor, asks)
		if err != nil {
			return err
		}
		answered, foreign, via := 0, int64(0), asks[0].sql
		for _, q := range asks {
			a := got[q.key]
			if why := unanswered(a); !a.ok() && why != "" {
				p.rec.Blind(unit, "rows of others returned to "+x.name, x.as()+q.sql, why)
				return nil
			}
			answered++
			if n, err := strconv.ParseInt(a.val, 10, 64); a.ok() && err == nil && n > foreign {
				foreign, via = n, q.sql
			}
		}
		p.rec.Sight(unit, "calls as "+x.name+" that answered", x.as()+via, evidence.AtLeast(1), strconv.Itoa(answered))
		p.rec.Claim(unit, "rows of others returned to "+x.name, x.as()+via, evidence.AtMost(0), strconv.FormatInt(foreign, 10))
	}
	if bases := p.namedIn(f.Source); len(bases) > 0 && f.Required == 0 && free && !slices.Contains(p.s.helperOIDs(), f.OID) {
		return p.independent(ctx, unit, "SELECT coalesce(pg_catalog.md5(pg_catalog.string_agg(k, ' ' ORDER BY k)), 'empty') FROM (SELECT pg_catalog.to_jsonb(x)::text AS k FROM "+f.Quoted()+"() x) y", bases)
	}
	return nil
}

// tenantKeys are the keys of returned rows that carry the tenant.
func (p *paths) tenantKeys(f *catalog.Function) []string {
	if t := p.s.table(f.ReturnsRel); t != nil && t.byColumn() {
		return []string{t.cols[0].Name}
	}
	var out []string
	for n := range p.s.ids {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// foreignIn counts returned rows that carry another tenant.
func (p *paths) foreignIn(f *catalog.Function, args string, names []string, x, y *side) string {
	conds := []string{"false"}
	for _, n := range names {
		conds = append(conds, fmt.Sprintf("(k ? %[1]s AND pg_catalog.lower(k ->> %[1]s) <> %[2]s)", literal(n), literal(strings.ToLower(x.actor.ID))))
	}
	if textual(&catalog.Column{Base: "text"}, y.actor.ID) && len(y.actor.ID) >= 8 {
		conds = append(conds, "pg_catalog.strpos(pg_catalog.lower(k::text), "+literal(strings.ToLower(y.actor.ID))+") > 0")
	}
	return fmt.Sprintf("SELECT count(*) FILTER (WHERE pg_catalog.jsonb_typeof(k) = 'object' AND (%s))::text FROM (SELECT pg_catalog.to_jsonb(x) AS k FROM %s(%s) x LIMIT 5000) y",
		strings.Join(conds, " OR "), f.Quoted(), args)
}

// combine makes argument lists from the guesses, within bounds.
func (p *paths) combine(f *catalog.Function, keys map[string][]string, foe string) []string {
	out := []string{""}
	for i, t := range f.ArgTypes[:f.Required] {
		var next []string
		for _, head := range out {
			for _, g := range p.guesses(t, keys, foe) {
				if i > 0 {
					g = head + ", " + g
				}
				if len(next) < 40 {
					next = append(next, g)
				}
			}
		}
		out = next
	}
	return out
}

// namedIn are the tenant tables that a body names.
func (p *paths) namedIn(source string) []*table {
	var out []*table
	body := strings.ToLower(source)
	for _, t := range p.s.tables {
		if word(body, strings.ToLower(t.rel.Name)) {
			out = append(out, t)
		}
	}
	return out
}

// word reports whether the text holds the name as a word of its own.
func word(text, name string) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], name)
		if at < 0 {
			return false
		}
		at += from
		end := at + len(name)
		if (at == 0 || !catalog.WordByte(text[at-1])) && (end == len(text) || !catalog.WordByte(text[end])) {
			return true
		}
		from = at + 1
	}
}
