package postgres_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/poc/postgres"
	"github.com/arxsec/arxctl/internal/scratch"
)

const holdVariable = "ARXCTL_TEST_HOLD_CLUSTER"

// TestMain lets this binary be a process that starts a cluster and waits to be killed.
func TestMain(m *testing.M) {
	if os.Getenv(holdVariable) == "" {
		os.Exit(m.Run())
	}
	c, err := postgres.Start(context.Background(), postgres.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("%d %s\n", c.Pid(), filepath.Dir(c.Data))
	select {}
}

func start(t *testing.T, opts postgres.Options) *postgres.Cluster {
	t.Helper()
	c, err := postgres.Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for limit := time.Now().Add(20 * time.Second); !cond(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("not within 20 seconds: %s", what)
		}
	}
}

func TestStopLeavesNothing(t *testing.T) {
	c, err := postgres.Start(t.Context(), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pid, root := c.Pid(), filepath.Dir(c.Data)
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, alive := scratch.Started(pid); alive {
		t.Errorf("postmaster %d is still there", pid)
	}
	if _, err := os.Stat(root); !os.IsNotExist(err) {
		t.Errorf("%s is still there (%v)", root, err)
	}
	if err := c.Stop(); err != nil {
		t.Errorf("a second stop: %v", err)
	}
}

func TestKilledRunIsSweptUp(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), holdVariable+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the process that should hold a cluster said nothing: %v", err)
	}
	pidText, root, _ := strings.Cut(strings.TrimSpace(line), " ")
	pid, err := strconv.Atoi(pidText)
	if err != nil {
		t.Fatal(err)
	}
	if swept := postgres.Sweep(); contains(swept, root) {
		t.Fatal("a cluster in use was swept up")
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed, and says so
	eventually(t, "the postmaster ends with the process that started it", func() bool {
		_, alive := scratch.Started(pid)
		return !alive
	})
	// Another process of these tests may sweep first: that the directory goes is what counts.
	eventually(t, "what the killed run left is removed", func() bool {
		postgres.Sweep()
		_, err := os.Stat(root)
		return os.IsNotExist(err)
	})
}

func contains(list []string, want string) bool {
	for _, item := range list {
		if item == want {
			return true
		}
	}
	return false
}

func TestFirstUseByManyAtOnce(t *testing.T) {
	t.Setenv(postgres.CacheVariable, t.TempDir())
	var prepared sync.Map
	opts := postgres.Options{Key: "many", Prepare: func(ctx context.Context, c *postgres.Cluster) error {
		prepared.Store(c, true)
		return c.CreateDatabase(ctx, "shop", "", "")
	}}
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			c, err := postgres.Start(t.Context(), opts)
			if err != nil {
				t.Error(err)
				return
			}
			if err := c.Exec(t.Context(), "shop", "CREATE TABLE t (id int)"); err != nil {
				t.Error(err)
			}
			if err := c.Stop(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	n := 0
	prepared.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("prepared %d times, want once", n)
	}
}

func TestDamagedCacheIsMadeAnew(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(postgres.CacheVariable, dir)
	c, err := postgres.Start(t.Context(), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "pg-*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if filepath.Ext(f) == "" {
			if err := os.Truncate(f, 1<<20); err != nil {
				t.Fatal(err)
			}
		}
	}
	start(t, postgres.Options{})
}

func TestPasswordsAreChecked(t *testing.T) {
	c := start(t, postgres.Options{})
	if err := c.Exec(t.Context(), "postgres", "CREATE ROLE clerk LOGIN PASSWORD 'right'"); err != nil {
		t.Fatal(err)
	}
	for _, try := range []struct {
		role, password string
		want           string
	}{
		{"clerk", "right", ""},
		{"clerk", "wrong", "28P01"},
		{"clerk", "", "28P01"},
		{postgres.Superuser, "right", "28000"},
	} {
		conn, err := pgx.Connect(t.Context(), c.DSN(try.role, try.password, "postgres"))
		if err == nil {
			conn.Close(t.Context())
		}
		if got := fmt.Sprint(err); try.want == "" && err != nil || try.want != "" && !strings.Contains(got, try.want) && !strings.Contains(got, "empty password") {
			t.Errorf("%s with %q over TCP: %v, want %q", try.role, try.password, err, try.want)
		}
	}
}

func TestDatabasesComeAndGo(t *testing.T) {
	c := start(t, postgres.Options{})
	name := `odd "name's`
	if err := c.CreateDatabase(t.Context(), name, "", ""); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), c.SuperDSN(name))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if err := c.DropDatabase(t.Context(), name); err != nil {
		t.Errorf("drop with a client connected: %v", err)
	}
}

func TestFindSaysWhatIsWrong(t *testing.T) {
	empty := t.TempDir()
	if _, err := postgres.Find(empty); err == nil || !strings.Contains(err.Error(), empty) {
		t.Errorf("a directory without a server: %v", err)
	}
	t.Setenv(postgres.BinVariable, empty)
	if _, err := postgres.Find(""); err == nil || !strings.Contains(err.Error(), postgres.BinVariable) {
		t.Errorf("%s without a server: %v", postgres.BinVariable, err)
	}
	t.Setenv(postgres.BinVariable, "")
	bin, err := postgres.Find("")
	if err != nil {
		t.Fatal(err)
	}
	links := t.TempDir()
	for _, tool := range []string{"psql", "initdb"} {
		if err := os.Symlink(filepath.Join(bin, tool), filepath.Join(links, tool)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", links)
	if got, err := postgres.Find(""); err != nil || !hasPostgres(got) {
		t.Errorf("through links on PATH: %q, %v", got, err)
	}
}

func hasPostgres(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "postgres"))
	return err == nil
}

func TestCancelledStartLeavesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c, err := postgres.Start(ctx, postgres.Options{})
	if err == nil {
		t.Errorf("started under a cancelled context: %v", c.Stop())
	}
}
