// Package postgres runs throwaway PostgreSQL clusters from binaries that are already installed.
package postgres

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"strings"
)

// BinVariable names a directory that holds initdb and postgres.
const BinVariable = "ARXCTL_PG_BIN"

// Find returns the directory that holds initdb and postgres: the one given, else the one in ARXCTL_PG_BIN, else the one
// on PATH (links followed), else the newest in the places where Debian, Homebrew and Postgres.app put it. A directory
// that was named but holds no server is an error, never passed over.
func Find(given string) (string, error) {
	if given != "" {
		return named(given, "the PostgreSQL directory given")
	}
	if dir := os.Getenv(BinVariable); dir != "" {
		return named(dir, BinVariable)
	}
	for _, tool := range []string{"initdb", "postgres", "psql"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			continue
		}
		if real, err := filepath.EvalSymlinks(path); err == nil && hasServer(filepath.Dir(real)) {
			return filepath.Dir(real), nil
		}
	}
	for _, pattern := range usualPlaces() {
		found, err := filepath.Glob(pattern)
		if err != nil {
			continue
		}
		sort.Slice(found, func(i, j int) bool { return version(found[i]) > version(found[j]) })
		for _, dir := range found {
			if hasServer(dir) {
				return dir, nil
			}
		}
	}
	return "", fmt.Errorf("no PostgreSQL server found on PATH or in the usual places; install it with: %s; "+
		"or name the directory of initdb and postgres in %s", installLine(), BinVariable)
}

func named(dir, by string) (string, error) {
	if !hasServer(dir) {
		return "", fmt.Errorf("%s is %q, which does not hold both initdb and postgres; "+
			"name the server's bin directory, for example /usr/lib/postgresql/15/bin", by, dir)
	}
	return filepath.Abs(dir)
}

func hasServer(dir string) bool {
	for _, tool := range []string{"initdb", "postgres"} {
		info, err := os.Stat(filepath.Join(dir, tool))
		if err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}

func usualPlaces() []string {
	return []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/opt/homebrew/opt/postgresql/bin",
		"/usr/local/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql/bin",
		"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	}
}

// version is the number in a directory such as /usr/lib/postgresql/15/bin or postgresql@16/bin; 0 when there is none.
func version(dir string) int {
	name := filepath.Base(filepath.Dir(dir))
	digits := strings.TrimLeft(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@-")
	if dot := strings.IndexByte(digits, '.'); dot >= 0 {
		digits = digits[:dot]
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

func installLine() string {
	if runtime.GOOS == "darwin" {
		return "brew install postgresql@17"
	}
	for _, manager := range []struct{ tool, line string }{
		{"apt-get", "sudo apt-get install -y postgresql"},
		{"dnf", "sudo dnf install -y postgresql-server"},
		{"apk", "sudo apk add postgresql"},
		{"pacman", "sudo pacman -S postgresql"},
		{"zypper", "sudo zypper install postgresql-server"},
	} {
		if _, err := exec.LookPath(manager.tool); err == nil {
			return manager.line
		}
	}
	return "your package manager's PostgreSQL server package"
}
