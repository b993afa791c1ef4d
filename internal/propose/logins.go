package propose

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
	"github.com/arxsec/arxctl/internal/stack/roles"
)

// logins decides who db.app is. A login above row security is nobody to judge: it
// gets lines that make one which is the application and nothing more.
func (g *guesses) logins(ctx context.Context, p *Proposal) error {
	if g.session.a.dsn != "" {
		return nil // each tenant logs in by itself
	}
	if !g.login.Super && !g.login.Bypass {
		g.appRef, g.appWhy = g.o.DB.Ref, fmt.Sprintf("role %s: no superuser, and row security binds it", catalog.Plain(g.login.Name))
		if own := g.owned(); len(own) > 0 {
			g.appWhy = fmt.Sprintf("role %s owns %d of %d tables and can switch their row security off; give the role that the application logs in as, if it is another", catalog.Plain(g.login.Name), len(own), len(g.tables))
		}
		p.Exports = append(p.Exports, g.o.DB.Ref+": the DSN that was given")
		return nil
	}
	g.appRef = "${env:" + roles.AppVariable + "}"
	if g.o.DB.Ref == g.appRef { // that variable is for the new login
		g.o.DB.Ref = "${env:" + roles.AdminVariable + "}"
	}
	var lines roles.Lines
	if err := stack.Read(ctx, g.conn, stack.Actor{}, func(tx pgx.Tx) (err error) {
		lines, g.appWhy, err = roles.Judged(ctx, tx, g.o.DB.DSN, g.cat.Database, g.login, g.app, g.tables)
		return err
	}); err != nil {
		return fmt.Errorf("looking at the database: %w", err)
	}
	p.Lines = append(p.Lines, lines)
	p.Exports = append(p.Exports, g.appRef+": psql prints it at the end of the lines")
	if g.admin() {
		p.Exports = append(p.Exports, g.o.DB.Ref+": the DSN that was given")
	}
	return nil
}

// owned are the tables that the login owns, or whose owner it is a member of, so
// that row security does not bind it unless it is forced.
func (g *guesses) owned() []*catalog.Relation {
	return slices.DeleteFunc(slices.Clone(g.tables), func(r *catalog.Relation) bool { return r.Owner != g.login.Name })
}

// admin reports whether the given login is proposed as db.admin as well.
func (g *guesses) admin() bool { return g.login.Super && g.env != stack.Production }

// rehearse lets the checks themselves name the audit tables: read-only, as in
// production, with what is proposed. What they cannot see is left open.
func (g *guesses) rehearse(ctx context.Context) {
	g.audits = map[string]string{}
	cfg, err := g.load(g.write(ctx))
	if err != nil {
		return // said when the whole proposal is loaded
	}
	cfg.Environment, cfg.API, cfg.Redis, cfg.Boot = stack.Production, nil, nil, nil
	cfg.DB.App, cfg.DB.Admin, cfg.DB.Seed = g.o.DB.DSN, stack.Secret{}, ""
	cfg.DB.Tenant, cfg.DB.Tenants = stack.TenantSetting{Role: g.seat.Role}, map[string]stack.Tenant{"a": {ID: g.session.a.id}, "b": {ID: g.session.b.id}}
	list, _, err := checks.Select(g.o.Checks, []string{"auditlog.guard"})
	if err != nil {
		return
	}
	records, _ := (&checks.Runner{}).Run(ctx, stack.Open(cfg, stack.Options{}), list)
	for _, e := range records {
		for _, k := range slices.Sorted(maps.Keys(e.Facts)) {
			if name, ok := strings.CutPrefix(k, "table:"); ok {
				g.audits[name] = e.Facts[k]
			}
		}
	}
}

// complain lists what must be filled in before a check can see.
func (g *guesses) complain(p *Proposal) {
	switch {
	case len(g.tables) == 0:
		p.Missing = append(p.Missing, "no table was found: is this the right database, and has the login USAGE on its schemas? arxctl doctor -c "+g.o.Path+" says what it may see")
	case len(g.places) == 0:
		p.Missing = append(p.Missing, "no column was found that tells tenants apart: write two tenants' ids in db.tenants")
	case g.session.madeUp && !g.seed:
		p.Missing = append(p.Missing, "no two tenants could be seen: write their ids in db.tenants, or run init again with --reader, a login that sees every row")
	}
	if l := g.session.via; l != nil && l.name == "session" {
		p.Missing = append(p.Missing, "a session of each tenant is a secret: export both variables")
		p.Exports = append(p.Exports, "${env:"+sessionVariable("a")+"}: what this gives, or a session of your own making: "+l.lookUp(g.session.a.id),
			"${env:"+sessionVariable("b")+"}: what this gives, or a session of your own making: "+l.lookUp(g.session.b.id))
	}
	for name, t := range map[string]tenant{"a": g.session.a, "b": g.session.b} {
		if t.dsn != "" {
			p.Exports = append(p.Exports, t.dsn+": the DSN of the login of tenant "+name)
		}
	}
	slices.Sort(p.Exports)
	p.Exports = slices.Compact(p.Exports)
}
