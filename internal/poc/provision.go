package poc

import (
	"context"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/poc/migrations"
	"github.com/arxsec/arxctl/internal/poc/postgres"
)

//go:embed seed.sql
var seedSQL string

const (
	database = "arx"
	pristine = "arx_pristine"
)

// Org is one organisation of the reference stack.
type Org struct {
	Name string
	ID   string
	Plan string
	RPM  int
	// Tokens and Second hold two API keys of each role.
	Tokens, Second map[string]string
	// Agent is the id of one of its agents.
	Agent string
}

// provision is what a prepared data directory knows of itself: it lies beside the data, for our eyes only.
type provision struct {
	Orgs      []Org
	Passwords map[string]string // by role
	Verifiers map[string]string // the same as the server keeps them: setting one back costs no hashing
}

const provisionFile = "arxctl-provision.json"

func roleNames() []string { return []string{"admin", "deployer", "auditor", "viewer"} }

// plannedOrgs lists the organisations: a and b are looked into, the pools are drained of requests, and the bystanders are
// there to be found untouched.
func plannedOrgs() []Org {
	orgs := []Org{{Name: "a", Plan: "enterprise", RPM: 5000}, {Name: "b", Plan: "enterprise", RPM: 5000}}
	for i := range 8 {
		orgs = append(orgs, Org{Name: fmt.Sprintf("low-%d", i+1), Plan: "free", RPM: 60})
	}
	for i := range 3 {
		orgs = append(orgs, Org{Name: fmt.Sprintf("mid-%d", i+1), Plan: "team", RPM: 600})
	}
	for i := range 3 {
		orgs = append(orgs, Org{Name: fmt.Sprintf("high-%d", i+1), Plan: "enterprise", RPM: 5000})
	}
	for i := range 3 {
		orgs = append(orgs, Org{Name: fmt.Sprintf("bystander-%d", i+1), Plan: "business", RPM: 2000})
	}
	for i := range orgs {
		orgs[i].ID = idOf(orgs[i].Name)
	}
	return orgs
}

// pool reports whether the organisation is there for its request budget alone.
func (o Org) pool() bool {
	kind, _, _ := strings.Cut(o.Name, "-")
	return kind == "low" || kind == "mid" || kind == "high"
}

// idOf gives a probe organisation the same id on every machine, so that two runs can be laid side by side.
func idOf(name string) string {
	sum := sha256.Sum256([]byte("arx reference stack organisation " + name))
	sum[6] = sum[6]&0x0f | 0x80 // version 8, RFC 9562 section 5.8
	sum[8] = sum[8]&0x3f | 0x80
	return dashed(hex.EncodeToString(sum[:16]))
}

func dashed(h string) string {
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// prepare migrates and fills a new cluster, and leaves a pristine copy to go back to.
func prepare(ctx context.Context, c *postgres.Cluster) error {
	if major := c.Major(); major < 15 {
		return fmt.Errorf("the reference stack needs PostgreSQL 15 or newer (views with security_invoker), and this is %d; "+
			"name a newer one in %s", major, postgres.BinVariable)
	}
	if err := c.CreateDatabase(ctx, pristine, "", ""); err != nil {
		return err
	}
	if err := migrations.Up(ctx, c.SuperDSN(pristine)); err != nil {
		return err
	}
	p := provision{Orgs: plannedOrgs(), Passwords: map[string]string{}}
	statements := []string{"ALTER DATABASE " + pristine + " OWNER TO arx_owner"}
	for _, role := range []string{"arx_app", "arx_reader", "arx_admin"} {
		p.Passwords[role] = secret()
		statements = append(statements, "ALTER ROLE "+role+" PASSWORD "+literal(p.Passwords[role]))
	}
	for i := range p.Orgs {
		statements = append(statements, seed(&p.Orgs[i]))
	}
	statements = append(statements, "REFRESH MATERIALIZED VIEW usage_monthly")
	if err := c.Exec(ctx, pristine, statements...); err != nil {
		return fmt.Errorf("provision: %w", err)
	}
	err := c.CreateDatabase(ctx, database, pristine, "arx_owner")
	if err != nil {
		return err
	}
	if p.Verifiers, err = verifiers(ctx, c); err != nil {
		return err
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.Data, provisionFile), text, 0o600)
}

func verifiers(ctx context.Context, c *postgres.Cluster) (map[string]string, error) {
	conn, err := pgx.Connect(ctx, c.SuperDSN(pristine))
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.Background())
	rows, err := conn.Query(ctx, "SELECT rolname, rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL")
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	var role, verifier string
	_, err = pgx.ForEachRow(rows, []any{&role, &verifier}, func() error { found[role] = verifier; return nil })
	return found, err
}

func readProvision(c *postgres.Cluster) (provision, error) {
	var p provision
	text, err := os.ReadFile(filepath.Join(c.Data, provisionFile))
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(text, &p)
}

// cacheKey changes with all that prepare depends on; the month is one of them, because partitions are made around it.
func cacheKey() (string, error) {
	digest, err := migrations.Digest()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("poc 3 %s %x %s", digest, sha256.Sum256(fmt.Append([]byte(seedSQL), plannedOrgs())), time.Now().UTC().Format("2006-01")), nil
}

// seed gives the organisation its keys and returns the SQL that makes it.
func seed(org *Org) string {
	org.Tokens, org.Second = map[string]string{}, map[string]string{}
	var hashes, roles, labels []string
	for _, role := range roleNames() {
		for label, tokens := range map[string]map[string]string{"first": org.Tokens, "second": org.Second} {
			token := "arx_" + strings.ReplaceAll(org.ID, "-", "") + "_" + secret()
			tokens[role] = token
			sum := sha256.Sum256([]byte(token))
			hashes, roles, labels = append(hashes, hex.EncodeToString(sum[:])), append(roles, role), append(labels, label)
		}
	}
	first := md5.Sum([]byte(org.ID + "agent1")) // as seed.sql names it
	org.Agent = dashed(hex.EncodeToString(first[:]))
	region := "us"
	if org.Name == "b" {
		region = "eu"
	}
	full := "true"
	if org.pool() {
		full = "false"
	}
	return strings.NewReplacer(
		"{{full}}", full,
		"{{org}}", literal(org.ID), "{{name}}", literal(org.Name), "{{plan}}", literal(org.Plan), "{{region}}", literal(region),
		"{{hashes}}", array(hashes), "{{roles}}", array(roles), "{{labels}}", array(labels),
	).Replace(seedSQL)
}

func array(items []string) string {
	quoted := make([]string, len(items))
	for i, item := range items {
		quoted[i] = literal(item)
	}
	return "ARRAY[" + strings.Join(quoted, ", ") + "]"
}

func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// secret returns 32 random bytes as base64url.
func secret() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}
