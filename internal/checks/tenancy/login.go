package tenancy

import (
	"context"
	"fmt"
)

// PostgreSQL documentation, System Information Functions.
const loginSQL = "SELECT session_user, current_database(), (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint"

// login is who is logged in where, as the server says: two connection strings
// may well be written differently and lead to one login.
type login struct {
	User, Database string
	Started        int64 // the server, in microseconds since 1970, which tells it from others
}

func (l login) String() string { return l.User + " on " + l.Database }

// logins asks the server as whom the two sides are logged in.
func (s *scene) logins(ctx context.Context) error {
	for _, x := range s.sides() {
		if err := x.conn.QueryRow(ctx, loginSQL).Scan(&x.login.User, &x.login.Database, &x.login.Started); err != nil {
			return fmt.Errorf("as tenant %s: %w", x.name, err)
		}
	}
	return nil
}

// sameLogin reports whether both tenants come over the same login, so that one
// transaction can be first the one and then the other.
func (s *scene) sameLogin() bool { return s.a.login == s.b.login }
