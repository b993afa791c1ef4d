package plpgsql_test

import (
	"slices"
	"testing"

	"github.com/arxsec/arxctl/internal/checks/auditlog/plpgsql"
)

const long = `#variable_conflict use_column
<<outer>> DECLARE a text := 'x;y'; BEGIN
	IF TG_OP = 'UPDATE' AND (NEW.a IS DISTINCT FROM OLD.a OR true) THEN RAISE EXCEPTION E'it''s \'%', $q$ end; $q$; END IF;
	CASE TG_OP WHEN 'DELETE', 'TRUNCATE' THEN RAISE SQLSTATE '55000'; ELSE NULL; END CASE;
	FOR r IN SELECT 1 LOOP WHILE false LOOP EXIT; END LOOP; END LOOP;
	BEGIN PERFORM "Odd Name"(1); EXCEPTION WHEN others THEN RAISE; END;
	RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END; /* /* nested */ */
END outer`

// A body cut off anywhere, or with any byte replaced, is an error or a verdict,
// never a panic and never an endless loop.
func TestAnyTextIsRead(t *testing.T) {
	look := func(src string) {
		if b, err := plpgsql.Parse(src); err == nil {
			b.Decide(plpgsql.Context{Op: "UPDATE", Row: true, Before: true})
		}
		plpgsql.Calls(src)
		plpgsql.Settings(src)
		plpgsql.Sequences(src, []string{"a", "b"})
		plpgsql.Follows(src, []string{"a"})
		plpgsql.Assigns(src, "a")
	}
	for i := range long {
		look(long[:i])
		for _, c := range []string{"(", ")", "'", ";", "$", "\"", "\xff", " case "} {
			look(long[:i] + c + long[i+1:])
		}
	}
}

func TestDecide(t *testing.T) {
	b, err := plpgsql.Parse(long)
	if err != nil {
		t.Fatal(err)
	}
	for op, always := range map[string]bool{"UPDATE": true, "DELETE": true, "INSERT": false} {
		if v := b.Decide(plpgsql.Context{Op: op, Row: true, Before: true}); v.Always() != always {
			t.Errorf("%s: want always refused %v, got %+v", op, always, v)
		}
	}
	src := `BEGIN IF current_setting('a.b', true) = 'on' THEN RETURN NEW; END IF; RAISE EXCEPTION 'no'; END`
	if b, err = plpgsql.Parse(src); err != nil {
		t.Fatal(err)
	}
	if v := b.Decide(plpgsql.Context{Op: "UPDATE", Row: true, Before: true}); len(v.Escapes) != 1 || v.Always() {
		t.Errorf("want the way through named, got %+v", v)
	}
	if got := plpgsql.Settings(src); !slices.Equal(got, []string{"a.b"}) {
		t.Errorf("settings: %v", got)
	}
}
