package postgres

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/arxsec/arxctl/internal/scratch"
)

const kind = "pg"

// roots are the places that clusters are kept in, the memory-backed one first.
func roots() []string {
	places := []string{os.TempDir()}
	if info, err := os.Stat(memory); err == nil && info.IsDir() {
		places = append([]string{memory}, places...)
	}
	return places
}

const memory = "/dev/shm"

// needed is what one cluster may come to fill, in bytes: about 40 MB when fresh, and room for a run's rows and WAL.
const needed = 256 << 20

// newRoot makes the directory of one cluster.
func newRoot() (string, error) {
	var last error
	for _, place := range roots() {
		if place == memory && freeBytes(place) < needed {
			continue
		}
		root, err := scratch.Make(place, kind)
		if err != nil {
			last = err
			continue
		}
		if err := own(root); err != nil {
			return "", errors.Join(err, os.RemoveAll(root))
		}
		return root, nil
	}
	return "", fmt.Errorf("no room for a database cluster: %w", last)
}

func freeBytes(dir string) uint64 {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return 0
	}
	return fs.Bavail * uint64(fs.Bsize)
}

// Leftovers returns the directories of clusters whose makers were killed.
func Leftovers() []string {
	var left []string
	for _, place := range roots() {
		left = append(left, scratch.Leftovers(place, kind)...)
	}
	return left
}

// Sweep removes the clusters of runs that were killed, and returns their directories. A postmaster is signalled only
// when its own postmaster.pid and command line both name that data directory.
func Sweep() []string {
	var removed []string
	for _, root := range Leftovers() {
		if stopOrphan(filepath.Join(root, "data")) && os.RemoveAll(root) == nil {
			removed = append(removed, root)
		}
	}
	return removed
}

// stopOrphan reports whether no server runs in the data directory any more.
func stopOrphan(data string) bool {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return true
	}
	lines := strings.Split(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || len(lines) < 2 || lines[1] != data {
		return true
	}
	ticks, alive := scratch.Started(pid)
	if !alive || !runsIn(pid, data) {
		return true
	}
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
		return false
	}
	for limit := time.Now().Add(5 * time.Second); time.Now().Before(limit); time.Sleep(2 * time.Millisecond) {
		if now, alive := scratch.Started(pid); !alive || now != ticks {
			return true
		}
	}
	return false
}

func runsIn(pid int, data string) bool {
	line, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	if err != nil {
		return false
	}
	for _, arg := range strings.Split(string(line), "\x00") {
		if arg == data {
			return true
		}
	}
	return false
}

// unprivileged returns the attributes that drop root, which the server refuses to run as.
func unprivileged() (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{}
	if os.Getuid() != 0 {
		return attr, nil
	}
	uid, gid, err := account()
	if err != nil {
		return nil, err
	}
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, nil
}

func account() (uid, gid int, err error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil && uid != 0 {
			return uid, gid, nil
		}
	}
	return 0, 0, errors.New("PostgreSQL does not run as root, and this system has neither a postgres nor a nobody user; run as another user")
}

func own(path string) error {
	if os.Getuid() != 0 {
		return nil
	}
	uid, gid, err := account()
	if err != nil {
		return err
	}
	return os.Chown(path, uid, gid)
}

func ownedDir(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	return own(path)
}

// serverEnv is what the server's processes see: nothing of ours but where programs and time zones are.
func serverEnv() []string {
	env := []string{"LC_ALL=C", "TZ=UTC"}
	for _, name := range []string{"PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}
