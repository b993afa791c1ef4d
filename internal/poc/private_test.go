package poc_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/arxsec/arxctl/internal/poc"
)

const privateVariable = "ARXCTL_TEST_PRIVATE_DIR"

// keep makes a private directory with a secret in it, says where, and waits to be killed.
func keep() error {
	dir, err := poc.PrivateDir()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "app.dsn"), []byte("secret"), 0o600); err != nil {
		return err
	}
	fmt.Println(dir)
	select {}
}

func TestPrivateDirOfAKilledOwnerIsRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), privateVariable+"=1")
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
		t.Fatal(err)
	}
	left := strings.TrimSpace(line)
	own, err := poc.PrivateDir()
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(own); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory is not private: %v (%v)", info, err)
	}
	if _, err := os.Stat(filepath.Join(left, "app.dsn")); err != nil {
		t.Errorf("the directory of a living process was taken away: %v", err)
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed, and says so
	if _, err := poc.PrivateDir(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("%s is still there after the next run began: %v", left, err)
	}
	if _, err := os.Stat(own); err != nil {
		t.Errorf("our own directory was taken away: %v", err)
	}
}
