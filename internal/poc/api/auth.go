package api

import (
	"context"
	"crypto/sha256"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// principal is who asks: one API key of one organisation.
type principal struct {
	org   string
	role  string
	actor string
	plan  string
	rpm   int
}

// rememberFor is how long a replica trusts what it read of a key, and so the longest that a revoked one still works.
const rememberFor = 250 * time.Millisecond

type remembered struct {
	principal principal
	until     time.Time
}

type principals struct {
	mu      sync.Mutex
	byToken map[[32]byte]remembered
}

// TokenPattern is the form of a token: the organisation it belongs to, then a secret. Naming the organisation lets the
// lookup run inside that organisation, so that no role of the application needs to see all keys.
const TokenPattern = `^arx_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_[0-9A-Za-z_-]{20,}$`

var tokenForm = regexp.MustCompile(TokenPattern)

// authenticate returns the principal of a request, or false when it has no valid token.
func (s *server) authenticate(ctx context.Context, r *http.Request) (principal, bool, error) {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return principal{}, false, nil
	}
	scheme, token, found := strings.Cut(values[0], " ")
	parts := tokenForm.FindStringSubmatch(token)
	if !found || !strings.EqualFold(scheme, "Bearer") || parts == nil {
		return principal{}, false, nil
	}
	sum := sha256.Sum256([]byte(token))
	if p, ok := s.known.recall(sum); ok {
		return p, true, nil
	}
	org := strings.Join(parts[1:], "-")
	var p principal
	var ok bool
	err := s.read(ctx, principal{org: org}, func(rows pgx.Rows) error {
		for rows.Next() {
			ok = true
			if err := rows.Scan(&p.role, &p.actor, &p.plan, &p.rpm); err != nil {
				return err
			}
		}
		return rows.Err()
	}, `SELECT k.role, 'key:' || k.id, o.plan, p.rpm
	    FROM api_keys k JOIN orgs o ON o.id = k.org_id JOIN plans p ON p.name = o.plan
	    WHERE k.org_id = $1::uuid AND k.token_sha256 = $2 AND k.revoked_at IS NULL`, org, sum[:])
	if err != nil || !ok {
		return principal{}, false, err
	}
	p.org = org
	s.known.remember(sum, p)
	return p, true, nil
}

func (k *principals) recall(sum [32]byte) (principal, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, ok := k.byToken[sum]
	return r.principal, ok && time.Now().Before(r.until)
}

func (k *principals) remember(sum [32]byte, p principal) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.byToken) > 10_000 {
		clear(k.byToken)
	}
	k.byToken[sum] = remembered{p, time.Now().Add(rememberFor)}
}

// allowed says which roles have a permission.
func allowed(permission, role string) bool {
	switch permission {
	case "agents:read", "deployments:read":
		return slices.Contains([]string{"admin", "deployer", "auditor", "viewer"}, role)
	case "agents:write", "agents:act", "deployments:write":
		return role == "admin" || role == "deployer"
	case "audit:read":
		return role == "admin" || role == "auditor"
	case "orgs:read":
		return role == "admin"
	}
	return false
}
