package seal_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestVerifyingHasNoWayToTheNetwork: nothing that verifying is made of can speak
// HTTP or open a database; cmd/arxctl's transcripts watch the process itself.
func TestVerifyingHasNoWayToTheNetwork(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "./rendering").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if len(deps) < 50 {
		t.Fatalf("go list named %d packages: this test would hold for nothing", len(deps))
	}
	for _, d := range deps {
		if d == "net/http" || strings.HasPrefix(d, "github.com/jackc/pgx") || strings.HasSuffix(d, "internal/stack") {
			t.Errorf("verifying reaches %s", d)
		}
	}
}
