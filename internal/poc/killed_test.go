package poc_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/poc"
	"github.com/arxsec/arxctl/internal/poc/redis"
)

const holdVariable = "ARXCTL_TEST_HOLD_STACK"

// hold brings a stack up, says where everything is, and waits to be killed.
func hold() error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	s, err := poc.Up(context.Background(), poc.Options{Self: []string{exe}})
	if err != nil {
		return err
	}
	places := []string{s.Postgres.Data, s.Redis.Addr, net.JoinHostPort("127.0.0.1", fmt.Sprint(s.Postgres.Port))}
	for _, url := range s.URLs() {
		places = append(places, strings.TrimPrefix(url, "http://"))
	}
	fmt.Println(strings.Join(places, " "))
	select {}
}

func TestKilledStackEndsWhole(t *testing.T) {
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
		t.Fatalf("the process that should hold a stack said nothing: %v", err)
	}
	places := strings.Fields(line)
	for _, addr := range places[1:] {
		if !answers(addr) {
			t.Errorf("nothing listens on %s while the stack is up", addr)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed, and says so
	limit := time.Now().Add(20 * time.Second)
	for _, addr := range places[1:] {
		for answers(addr) {
			if time.Now().After(limit) {
				t.Fatalf("%s still answers after the process that held it was killed", addr)
			}
			time.Sleep(2 * time.Millisecond)
		}
	}
	up(t) // sweeps
	if _, err := os.Stat(places[0]); !os.IsNotExist(err) {
		t.Errorf("%s is still there after the next run began: %v", places[0], err)
	}
}

func answers(addr string) bool {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

func TestWithoutRedisServer(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s, err := poc.Up(t.Context(), poc.Options{Self: []string{exe}, Redis: redis.Options{Embedded: true}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Down(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if status := strings.Join(s.Status(), "\n"); !strings.Contains(status, "miniredis") {
		t.Errorf("the status does not say which Redis runs:\n%s", status)
	}
	counts := drain(t, s, org(t, s, "low-1").Tokens["admin"], 90)
	if counts[200] < 60 || counts[200] > 66 || counts[429] == 0 {
		t.Errorf("90 requests on a budget of 60: %v", counts)
	}
}
