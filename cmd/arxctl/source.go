package main

import (
	"cmp"
	"os"

	"github.com/arxsec/arxctl/internal/evidence"
)

// sourceOf reads the identity that a CI system gives to its jobs, or returns nil
// outside of one. GitHub: docs.github.com, "Variables reference"; GitLab:
// docs.gitlab.com, "Predefined CI/CD variables reference".
func sourceOf(env func(string) string) *evidence.Source {
	switch {
	case env("GITHUB_ACTIONS") == "true":
		return &evidence.Source{Provider: "github-actions",
			Repository: cmp.Or(env("GITHUB_SERVER_URL"), "https://github.com") + "/" + env("GITHUB_REPOSITORY"),
			Commit:     env("GITHUB_SHA"), Ref: env("GITHUB_REF"), Workflow: env("GITHUB_WORKFLOW_REF"),
			Job: env("GITHUB_SERVER_URL") + "/" + env("GITHUB_REPOSITORY") + "/actions/runs/" + env("GITHUB_RUN_ID")}
	case env("GITLAB_CI") == "true":
		return &evidence.Source{Provider: "gitlab-ci", Repository: env("CI_PROJECT_URL"), Commit: env("CI_COMMIT_SHA"),
			Ref: env("CI_COMMIT_REF_NAME"), Workflow: env("CI_CONFIG_PATH"), Job: env("CI_JOB_URL")}
	}
	return nil
}

// here is the identity of the job that this process runs in.
func here() *evidence.Source { return sourceOf(os.Getenv) }
