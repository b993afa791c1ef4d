package stack

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/arxsec/arxctl/internal/evidence"
)

// Options are what a person allowed for this run, over what arxctl.yaml says.
type Options struct {
	AllowExec bool          // start the application through the boot door of a vendor's stack
	Full      bool          // also what is slow or heavy
	Journal   *Journal      // where creations are written down before they happen; nil: nowhere
	Since     *evidence.Run // an earlier run whose chain heads must still be there
}

// Stack is an opened configuration: what a check is given to look through.
type Stack struct {
	*Config
	Options
	// Nonce is unique to this run; probes put it into whatever they create.
	Nonce string

	scrub    *strings.Replacer
	launcher *Launcher // nil without a boot door
	leases   leases
	once     once
	clients  atomic.Int64 // how many HTTP clients were given out
}

// Open prepares a stack for checks. It connects nowhere: a door that is dead is
// found by the check that needs it, which then says so.
func Open(c *Config, o Options) *Stack {
	b := make([]byte, 6)
	rand.Read(b) // never fails (crypto/rand, Go 1.24)
	var pairs []string
	for _, v := range c.Values() {
		pairs = append(pairs, v, "[redacted]")
	}
	s := &Stack{Config: c, Options: o, Nonce: hex.EncodeToString(b), scrub: strings.NewReplacer(pairs...)}
	if c.Boot != nil {
		s.launcher = newLauncher(c.Boot)
		s.launcher.mark, s.launcher.announce = s.Nonce, func() error { return s.Journal.add(s.entry(kindProcesses, "")) }
	}
	return s
}

// Scrub replaces every secret of the configuration in s.
func (s *Stack) Scrub(text string) string { return s.scrub.Replace(text) }

// Has reports whether the configuration opens this door.
func (s *Stack) Has(d Door) bool { return slices.Contains(s.Doors(), d) }

// MayWrite reports whether rolled-back writes are allowed, and if not why.
func (s *Stack) MayWrite() (bool, string) {
	if s.Config.Environment == Production {
		return false, "environment: production allows catalogue and reads only; to see this: run against a shared or disposable environment"
	}
	return true, ""
}

// MayExec reports whether a process of the application may be started, and if
// not why.
func (s *Stack) MayExec() (bool, string) {
	if s.Config.Environment == Production {
		return false, "environment: production allows catalogue and reads only; to see this: run against a shared or disposable environment"
	}
	if s.Kind == "reference" || s.AllowExec {
		return true, ""
	}
	return false, "starting the vendor's application needs a person's word; to see this: add --allow-exec"
}

// MayLoad reports whether bounded load may be sent, and if not why.
func (s *Stack) MayLoad() (bool, string) {
	if s.Config.Environment == Production {
		return false, "environment: production allows catalogue and reads only; to see this: run against a shared or disposable environment"
	}
	return true, ""
}

// identityTime bounds how long the doors are asked who they are.
const identityTime = 5 * time.Second

// Identity returns what the run records about the stack. It asks the doors that
// answer, for a few seconds, and leaves out those that do not.
func (s *Stack) Identity(ctx context.Context) evidence.Stack {
	ctx, cancel := context.WithTimeout(ctx, identityTime)
	defer cancel()
	id := evidence.Stack{Name: s.Name, Kind: s.Kind, Environment: string(s.Config.Environment), Build: s.Build, Identity: map[string]string{}}
	if s.DB != nil {
		maps.Copy(id.Identity, s.databaseIdentity(ctx))
	}
	if s.API != nil {
		for i, r := range s.API.Replicas {
			id.Identity[fmt.Sprintf("api.replica.%d", i+1)] = r
		}
	}
	id.Name, id.Build = s.Scrub(id.Name), s.Scrub(id.Build)
	for k, v := range id.Identity {
		id.Identity[k] = s.Scrub(v)
	}
	return id
}

// databaseIdentity names the server as the judged role sees it. The system
// identifier tells one cluster from a copy of it (pg_control_system).
func (s *Stack) databaseIdentity(ctx context.Context) map[string]string {
	a, err := s.DB.Actor("a")
	if err != nil {
		return nil
	}
	c, err := Connect(ctx, a.DSN)
	if err != nil {
		return nil
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		c.Close(end)
	}()
	var version, database, user, system string
	if c.QueryRow(ctx, "SELECT current_setting('server_version'), current_database(), session_user").Scan(&version, &database, &user) != nil {
		return nil
	}
	out := map[string]string{"db.server": "PostgreSQL " + version, "db.database": database, "db.role": user}
	if c.QueryRow(ctx, "SELECT system_identifier::text FROM pg_control_system()").Scan(&system) == nil {
		out["db.system_identifier"] = system
	}
	return out
}
