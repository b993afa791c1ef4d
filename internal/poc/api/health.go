package api

import (
	"context"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
)

// component is one thing that a replica depends on, as it was just now.
type component struct {
	Name    string  `json:"name"`
	Status  string  `json:"status"` // operational or down
	Latency float64 `json:"latency_ms"`
}

// askDatabase goes the way that requests go, so that a connection which died with the server it led to is replaced first.
func (s *server) askDatabase(ctx context.Context) error {
	return s.read(ctx, principal{}, func(rows pgx.Rows) error {
		rows.Close()
		return rows.Err()
	}, "SELECT 1")
}

// health asks every component now and answers with the worst: 200 when all work, 503 otherwise.
func (s *server) health(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		fail(w, http.StatusMethodNotAllowed, "no_route", http.StatusText(http.StatusMethodNotAllowed))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	probes := []struct {
		name string
		ask  func(context.Context) error
	}{
		{"database", s.askDatabase},
		{"redis", func(ctx context.Context) error { return s.redis.Ping(ctx).Err() }},
	}
	answers := make(chan component, len(probes))
	for _, p := range probes {
		go func() {
			began := time.Now()
			c := component{Name: p.name, Status: "operational"}
			if err := p.ask(ctx); err != nil {
				c.Status = "down"
			}
			c.Latency = float64(time.Since(began).Microseconds()) / 1000
			answers <- c
		}()
	}
	byName := map[string]component{}
	for range probes {
		c := <-answers
		byName[c.Name] = c
	}
	status, code := "operational", http.StatusOK
	var all []component
	for _, p := range probes {
		all = append(all, byName[p.name])
		if byName[p.name].Status != "operational" {
			status, code = "degraded", http.StatusServiceUnavailable
		}
	}
	body := object{"status": status, "replica": s.cfg.Instance}
	if r.URL.Path == "/health/components" {
		body["components"] = all
	}
	send(w, code, body)
}
