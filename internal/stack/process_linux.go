package stack

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

func groupOfItsOwn() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// whose tells who listens on addr, as proc(5) has it: /proc/net/tcp gives the
// socket of a port, /proc/PID/fd who holds it. A socket whose holder cannot be
// read is taken for the group's own.
func whose(addr string, group int) owner {
	_, port, _ := net.SplitHostPort(addr)
	n, err := strconv.Atoi(port)
	if err != nil {
		return own
	}
	near := map[string]bool{}
	links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", group)) // nearly always the answer, and cheap
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil {
			near[to] = true
		}
	}
	sockets := map[string]bool{}
	for socket := range listening(n) {
		if near[socket] {
			return own
		}
		sockets[socket] = true
	}
	if len(sockets) == 0 {
		return nobody
	}
	who := nobody
	links, _ = filepath.Glob("/proc/[0-9]*/fd/*")
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil && sockets[to] {
			pid, _ := strconv.Atoi(strings.Split(link, "/")[2])
			if descends(pid, group) {
				return own
			}
			who = another
		}
	}
	if who == another {
		return another
	}
	for socket := range listening(n) {
		if sockets[socket] {
			return own // still there, and its holder cannot be read
		}
	}
	return nobody // closed while we looked
}

// listening gives the sockets in state LISTEN on a port, as fd links name them.
// The kernel lists those first, then goes through every connection there may be,
// which takes it milliseconds: it is asked for one line at a time, so that whoever
// has seen enough saves it that.
func listening(port int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, name := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
			file, err := os.Open(name)
			if err != nil {
				continue
			}
			defer file.Close()
			for lines := bufio.NewScanner(shortly{file}); lines.Scan(); {
				f := strings.Fields(lines.Text())
				if len(f) > 9 && f[3] == "0A" && strings.HasSuffix(f[1], fmt.Sprintf(":%04X", port)) && !yield("socket:["+f[9]+"]") {
					return
				}
			}
		}
	}
}

// shortly reads about a line at a time.
type shortly struct{ r io.Reader }

func (s shortly) Read(p []byte) (int, error) { return s.r.Read(p[:min(len(p), 150)]) }

// descends reports whether pid is in the group or has its leader above it.
func descends(pid, group int) bool {
	for range 64 {
		if pid == group {
			return true
		}
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return false
		}
		// The command's name in field 2 may hold anything, so count after its bracket.
		f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		if len(f) < 3 {
			return false
		}
		if f[2] == strconv.Itoa(group) {
			return true
		}
		if pid, err = strconv.Atoi(f[1]); err != nil || pid <= 1 {
			return false
		}
	}
	return false
}
