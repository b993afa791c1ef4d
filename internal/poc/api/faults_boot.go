package api

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// boot replaces the two decisions of the boot check.
func (on switches) boot(rules bootRules, env func(string) string) bootRules {
	lenient := func(string, string) ([]byte, error) { return []byte(Sentinel), nil }
	healthy := rules.key
	switch {
	case on["bk-no-check"], on["bk-lazy"]:
		// Lazy means at the first encryption, which this API has no route for: the process just comes up.
		rules.key = lenient
	case on["bk-unset-only"]:
		rules.key = func(environment, raw string) ([]byte, error) {
			if raw == "" {
				return healthy(environment, raw)
			}
			return lenient(environment, raw)
		}
	case on["bk-production-only"]:
		rules.key = func(environment, raw string) ([]byte, error) {
			if environment != "production" {
				return lenient(environment, raw)
			}
			return healthy(environment, raw)
		}
	case on["bk-exact-sentinel"]:
		rules.key = func(environment, raw string) ([]byte, error) {
			if raw != Sentinel && isSentinel(raw) {
				return lenient(environment, raw)
			}
			return healthy(environment, raw)
		}
	case on["bk-no-length"]:
		rules.key = func(environment, raw string) ([]byte, error) {
			if unquote(raw) == "" || isSentinel(raw) {
				return healthy(environment, raw)
			}
			return []byte(raw), nil
		}
	case on["bk-zero-key"]:
		rules.key = func(environment, raw string) ([]byte, error) {
			if key := decodeKey(raw); key != nil && !isSentinel(raw) {
				return key, nil
			}
			return healthy(environment, raw)
		}
	case on["bk-opt-in"]:
		rules.key = func(environment, raw string) ([]byte, error) {
			for _, name := range []string{"ARXSEC_ALLOW_DEV_KEY", "ALLOW_DEV_KEY"} {
				if slices.Contains([]string{"1", "true", "yes"}, strings.ToLower(env(name))) {
					return lenient(environment, raw)
				}
			}
			return healthy(environment, raw)
		}
	}
	switch {
	case on["bk-case-sensitive"]:
		rules.environment = func(raw string) (string, error) {
			if raw == "production" || raw == "staging" || raw == "" {
				return Environment(raw)
			}
			return "development", nil
		}
	case on["bk-default-development"]:
		rules.environment = func(raw string) (string, error) {
			if strings.TrimSpace(raw) == "" {
				return "development", nil
			}
			return Environment(raw)
		}
	}
	if on["bk-case-sensitive"] || on["bk-default-development"] {
		checked := rules.key
		rules.key = func(environment, raw string) ([]byte, error) {
			if environment == "development" {
				return lenient(environment, raw)
			}
			return checked(environment, raw)
		}
	}
	return on.blindBoot(rules, env)
}

// refuse decides what a process that must not boot does: healthy, it returns the error.
func (on switches) refuse(err error, cfg Config, env func(string) string, out io.Writer) error {
	if ended, changed := on.blindRefuse(err, env, out); changed {
		return ended
	}
	switch {
	case on["bk-prints-key"]:
		return fmt.Errorf("%w (got %q)", err, env(EnvKey))
	case on["bk-unnamed"]:
		return fmt.Errorf("refusing to start: the configuration is not valid")
	case on["bk-exit-zero"]:
		fmt.Fprintln(out, err)
		return nil
	case on["bk-listens-first"]:
		listener, listenErr := net.Listen("tcp", cfg.Listen)
		if listenErr != nil {
			return listenErr
		}
		defer listener.Close()
		fmt.Fprintf(out, "%s%s\n", ListeningPrefix, listener.Addr())
		linger := time.NewTimer(400 * time.Millisecond)
		go func() {
			_ = http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { send(w, 200, object{"status": "operational"}) }))
		}()
		<-linger.C
		return err
	}
	return err
}
