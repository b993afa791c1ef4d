package stack

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// host tells whose process ids are meant: a state directory may be shared by
// machines and by containers.
func host() string {
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	space, _ := os.Readlink("/proc/self/ns/pid")
	return strings.TrimSpace(string(boot)) + " " + space
}

// marked returns the processes whose environment carries the mark (proc(5)),
// whoever started them and whatever group they have moved to.
func marked(mark string) ([]int, error) {
	found, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, path := range found {
		pid, _ := strconv.Atoi(strings.Split(path, "/")[2])
		if carries(pid, mark) && pid != os.Getpid() {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

func carries(pid int, mark string) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	return err == nil && bytes.Contains(append([]byte{0}, b...), []byte("\x00"+markVariable+"="+mark+"\x00"))
}

// endProcesses ends every process that carries the mark and returns how many did.
func endProcesses(mark string) (ended int, err error) {
	limit, seen := time.Now().Add(5*time.Second), map[int]bool{}
	for {
		pids, err := marked(mark)
		if err != nil || len(pids) == 0 {
			return len(seen), err
		}
		if time.Now().After(limit) {
			return len(seen), fmt.Errorf("process %d does not end", pids[0])
		}
		for _, pid := range pids {
			p, err := os.FindProcess(pid) // holds on to this very process (pidfd_open(2)), should the number be used again
			if err != nil {
				continue
			}
			if carries(pid, mark) && p.Signal(syscall.SIGKILL) == nil {
				seen[pid] = true
			}
			p.Release()
		}
		time.Sleep(5 * time.Millisecond)
	}
}
