package selftest_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/checks/all"
	"github.com/arxsec/arxctl/internal/stack"
)

// TestResidueIsDeclaredBeforeTheRequest interrupts every check that can leave
// rows at the worst moment: when the stack has carried out its nth write and the
// check has not heard of it.
func TestResidueIsDeclaredBeforeTheRequest(t *testing.T) {
	b := bench(t)
	var list []*checks.Check
	for _, c := range all.Checks() {
		if c.Effects&checks.LeavesRows != 0 {
			list = append(list, c)
		}
	}
	if len(list) < 4 {
		t.Fatalf("only %d checks leave rows", len(list))
	}
	moments := []int64{1, 2, 5, 12}
	if testing.Short() {
		moments = moments[:1]
	}
	for _, c := range list {
		for _, nth := range moments {
			before := snapshot(t, b.Stack)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			cfg := *b.Config()
			cutter := &cutter{nth: nth, cut: cancel}
			cfg.API = cutter.between(t, cfg.API)
			records, complete := (&checks.Runner{}).Run(ctx, stack.Open(&cfg, stack.Options{}), []*checks.Check{c})
			cancel()
			after := snapshot(t, b.Stack)
			compare(t, b.Stack, before, after, records)
			rows := 0
			for table := range before.rows {
				rows += len(minus(after.rows[table], before.rows[table]))
			}
			sent := cutter.writes.Load()
			t.Logf("%s, interrupted in write %d: %d writes carried out, %d rows more, declared: %q", c.ID, nth, sent, rows, records[0].Residue)
			if sent == 0 || sent < nth && !complete {
				t.Errorf("%s was not interrupted in a write: %d were sent", c.ID, sent)
			}
			if err := b.Stack.Clear(t.Context()); err != nil {
				t.Fatal(err)
			}
			if complete {
				break // it sends no more writes than that
			}
		}
	}
}

// cutter stands before the replicas and interrupts the run once the nth write
// was carried out: its answer never arrives.
type cutter struct {
	nth    int64
	writes atomic.Int64
	cut    func()
}

func (c *cutter) between(t *testing.T, api *stack.API) *stack.API {
	moved := *api
	moved.Replicas = slices.Clone(api.Replicas)
	for i, at := range moved.Replicas {
		to, err := url.Parse(at)
		if err != nil {
			t.Fatal(err)
		}
		through := httptest.NewServer(&httputil.ReverseProxy{
			Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(to) },
			ModifyResponse: c.answered,
			ErrorHandler:   func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
		})
		t.Cleanup(through.Close)
		moved.Replicas[i] = through.URL
	}
	return &moved
}

func (c *cutter) answered(res *http.Response) error {
	if m := res.Request.Method; m == http.MethodGet || m == http.MethodHead || m == "get" {
		return nil
	}
	// The stack has answered in full: what it wrote is written.
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	if res.StatusCode == http.StatusTooManyRequests {
		return nil
	}
	if c.writes.Add(1) < c.nth {
		return nil
	}
	c.cut()
	<-res.Request.Context().Done() // the check hangs up: it never sees this answer
	return res.Request.Context().Err()
}
