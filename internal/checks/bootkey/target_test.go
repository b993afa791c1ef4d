package bootkey_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary be the application that is started: the
// variable says which one, with which single defect.
func TestMain(m *testing.M) {
	if os.Getenv("TARGET") == "" {
		os.Exit(m.Run())
	}
	if file := os.Getenv("TARGET_STARTS"); file != "" {
		if err := counted(file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(9)
		}
	}
	os.Exit(target(strings.Split(os.Getenv("TARGET"), ",")))
}

// counted adds one byte to a file for this start.
func counted(file string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte{'.'})
	return errors.Join(err, f.Close())
}

const sentinel = "dev-only-acme-master-key-0000000"

// target is an application of another vendor than the reference stack: other
// variables, other words, the same promise. Each trait is one defect, or one
// legitimate way of being different.
func target(traits []string) int {
	is := func(t string) bool { return slices.Contains(traits, t) }
	if is("wrapper") { // as npm or a shell does: the application is a grandchild
		return wrapped(os.Args[0], is("wrapper-leaves"))
	}
	name, set := os.LookupEnv("ACME_STAGE_NAME")
	env := strings.ToLower(strings.TrimSpace(name))
	if is("case-sensitive-env") {
		env = name
	}
	strict := slices.Contains([]string{"production", "prod", "staging"}, env)
	if is("unknown-env-is-strict") {
		strict = strict || env != "development" && env != "test"
	}
	if is("unknown-env-refused") && !strict && env != "development" {
		fmt.Fprintln(os.Stderr, "ACME_STAGE_NAME: unknown environment")
		return 2
	}
	if is("unset-env-is-dev") && !set {
		strict = false
	}
	if is("production-only") && env == "staging" {
		strict = false
	}
	if (is("optin") && os.Getenv("ACME_ALLOW_DEV_KEY") == "true") || (is("optin-one") && os.Getenv("SKIP_KEY_CHECK") == "1") ||
		(is("node-env") && os.Getenv("NODE_ENV") == "development") || (is("optin-crash") && os.Getenv("UNSAFE") == "yes") {
		strict = false
	}
	if is("optin-crash") && os.Getenv("TESTING") == "yes" {
		return 4 // one flag of the bundle breaks the start that another opens
	}
	if is("needs-database") && os.Getenv("ACME_DB") == "" {
		fmt.Fprintln(os.Stderr, "dial tcp: connection refused")
		return 1
	}
	if is("listens-first") {
		l, err := net.Listen("tcp", os.Getenv("ACME_ADDR"))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		time.Sleep(20 * time.Millisecond) // the defect itself: a window in which it serves
		l.Close()
	}
	if is("binds-first") { // never accepts, so no poll can see it
		l, err := net.Listen("tcp", os.Getenv("ACME_ADDR"))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		l.Close()
	}
	if strict && !is("no-check") && !is("lazy") {
		if why := judge(os.Getenv("ACME_MASTER_KEY"), is); why != "" {
			return refuse(why, is)
		}
	}
	return serve()
}

func judge(raw string, is func(string) bool) string {
	text := strings.Trim(strings.TrimSpace(raw), `"'`)
	if is("keyring") {
		text = strings.TrimPrefix(text, "v1:")
	}
	switch {
	case is("unset-only"):
		if raw == "" {
			return "is not set"
		}
		return ""
	case is("exact-sentinel"):
		if strings.TrimSpace(raw) == "" || raw == sentinel || len(raw) < 32 {
			return "is not fit"
		}
		return ""
	}
	if text == "" && !is("blank-ok") {
		return "is not set"
	}
	if is("blank-ok") && raw != "" && text == "" {
		return ""
	}
	same := strings.EqualFold(text, sentinel)
	for _, d := range decodings(text) {
		if strings.EqualFold(string(d), sentinel) && !is("encoded-sentinel-ok") {
			same = true
		}
	}
	if is("case-sentinel-ok") {
		same = text == sentinel
	}
	if is("hex-sentinel-ok") && len(text) == 64 {
		same = false
	}
	if is("newline-ok") && strings.HasSuffix(raw, "\n") {
		return ""
	}
	if is("quotes-ok") && strings.HasPrefix(raw, `"`) {
		return ""
	}
	if same && !is("sentinel-ok") {
		return "is the development key"
	}
	if is("no-length") || (is("sentinel-ok") && same) {
		return ""
	}
	ok := is("raw") && len(text) == 32 && strings.Trim(text, text[:1]) != ""
	for _, d := range decodings(text) {
		if len(d) == 32 || is("long-ok") && len(d) >= 32 || is("short-ok") && len(d) >= 16 {
			ok = !strings.EqualFold(string(d), sentinel) || is("encoded-sentinel-ok") || is("hex-sentinel-ok")
			if !is("degenerate-ok") && len(strings.Trim(string(d), string(d[:1]))) == 0 {
				return "has no entropy"
			}
		}
	}
	if is("undecodable-ok") && len(decodings(text)) == 0 {
		return ""
	}
	if !ok {
		return "must be 32 bytes"
	}
	return ""
}

func decodings(text string) [][]byte {
	var out [][]byte
	if d, err := hex.DecodeString(text); err == nil && len(d) > 0 {
		out = append(out, d)
	}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if d, err := e.DecodeString(text); err == nil && len(d) > 0 {
			out = append(out, d)
		}
	}
	return out
}

func refuse(why string, is func(string) bool) int {
	key := os.Getenv("ACME_MASTER_KEY")
	switch {
	case is("warns-only"):
		fmt.Fprintln(os.Stderr, "warning: ACME_MASTER_KEY "+why)
		return serve()
	case is("exit-zero"):
		fmt.Fprintln(os.Stderr, "ACME_MASTER_KEY "+why)
		return 0
	case is("nameless"):
		fmt.Fprintln(os.Stderr, "configuration error")
		return 1
	case is("panics"):
		panic("cipher: bad key")
	case is("prints-key"):
		fmt.Fprintf(os.Stderr, "ACME_MASTER_KEY=%s %s\n", key, why)
		return 1
	case is("prints-hex"):
		fmt.Fprintf(os.Stderr, "ACME_MASTER_KEY %s: %x\n", why, strings.TrimSpace(key))
		return 1
	case is("prints-bytes"):
		fmt.Println("ACME_MASTER_KEY", why)
		for _, d := range decodings(strings.TrimSpace(key)) {
			fmt.Println("decoded", d)
		}
		return 1
	case is("hangs"):
		fmt.Fprintln(os.Stderr, "ACME_MASTER_KEY "+why+", waiting for a new one")
		select {}
	case is("stdout-json"):
		fmt.Printf(`{"level":"fatal","error":{"var":"acme_master_key","detail":"%s"}}`+"\n", why)
		return 78
	}
	fmt.Fprintln(os.Stderr, "Schlüssel ACME_MASTER_KEY "+why)
	return 3
}

func serve() int {
	http.HandleFunc("/ready", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	addr := os.Getenv("ACME_ADDR")
	if addr == "" {
		addr = "127.0.0.1:" + os.Getenv("PORT")
	}
	fmt.Fprintln(os.Stderr, http.ListenAndServe(addr, nil))
	return 1
}

func wrapped(self string, leaves bool) int {
	traits := strings.Split(os.Getenv("TARGET"), ",")
	traits = slices.DeleteFunc(traits, func(t string) bool { return strings.HasPrefix(t, "wrapper") })
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "TARGET="+strings.Join(append(traits, "plain"), ","))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return 9
	}
	if leaves {
		return 0
	}
	if err := cmd.Wait(); err != nil {
		return cmd.ProcessState.ExitCode()
	}
	return 0
}
