package poc_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/arxsec/arxctl/internal/poc"
)

// TestMain lets this test binary be a replica of the stack that its tests bring up.
func TestMain(m *testing.M) {
	if os.Getenv("ARXSEC_SERVE") == "1" {
		if err := poc.ServeMain(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if os.Getenv(holdVariable) != "" {
		fmt.Fprintln(os.Stderr, hold())
		os.Exit(1)
	}
	if os.Getenv(privateVariable) != "" {
		fmt.Fprintln(os.Stderr, keep())
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func up(t *testing.T) *poc.Stack {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s, err := poc.Up(t.Context(), poc.Options{Self: []string{exe}, Build: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Down(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestUpServesOwnObjects(t *testing.T) {
	s := up(t)
	a, err := s.Org("a")
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range s.URLs() {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/v1/agents", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+a.Tokens["viewer"])
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d, want 200", url, res.StatusCode)
		}
	}
}
