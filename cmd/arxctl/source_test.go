package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/arxsec/arxctl/internal/evidence"
)

// TestRunNamesTheCIJob: GitHub's is tried by the transcript ci.txtar too.
func TestRunNamesTheCIJob(t *testing.T) {
	for _, tc := range []struct {
		name string
		env  map[string]string
		want *evidence.Source
	}{
		{"at a desk", map[string]string{"CI": "true"}, nil},
		{"GitLab", map[string]string{"GITLAB_CI": "true", "CI_PROJECT_URL": "https://gitlab.example/acme/app", "CI_COMMIT_SHA": "0123", "CI_COMMIT_REF_NAME": "v1", "CI_CONFIG_PATH": ".gitlab-ci.yml", "CI_JOB_URL": "https://gitlab.example/acme/app/-/jobs/7"},
			&evidence.Source{Provider: "gitlab-ci", Repository: "https://gitlab.example/acme/app", Commit: "0123", Ref: "v1", Workflow: ".gitlab-ci.yml", Job: "https://gitlab.example/acme/app/-/jobs/7"}},
		{"GitHub, of an enterprise", map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://git.example", "GITHUB_REPOSITORY": "acme/app", "GITHUB_SHA": "0123", "GITHUB_RUN_ID": "7"},
			&evidence.Source{Provider: "github-actions", Repository: "https://git.example/acme/app", Commit: "0123", Job: "https://git.example/acme/app/actions/runs/7"}},
	} {
		if diff := cmp.Diff(tc.want, sourceOf(func(k string) string { return tc.env[k] })); diff != "" {
			t.Errorf("%s: %s", tc.name, diff)
		}
	}
}
