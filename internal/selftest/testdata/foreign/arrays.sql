-- title: the setting holds an array of tenants; another table asks a boolean definer function; numeric ids
-- config
-- environment: shared
-- db:
--   app: ${env:arr_app}
--   tenant: {set: {app.groups: "{{id}}"}}
--   tenants: {a: {id: "700100"}, b: {id: "700200"}}
-- healthy
CREATE ROLE arr_owner NOLOGIN;
CREATE ROLE arr_app LOGIN PASSWORD 'foreign-secret';
GRANT CREATE, USAGE ON SCHEMA public TO arr_owner;
SET ROLE arr_owner;
CREATE TABLE groups (id numeric(12) PRIMARY KEY, title text NOT NULL);
CREATE TABLE posts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, group_id numeric(12) NOT NULL REFERENCES groups, body text NOT NULL, pinned boolean NOT NULL DEFAULT false);
CREATE TABLE files (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, group_id numeric(12) NOT NULL REFERENCES groups, path text NOT NULL, size bigint NOT NULL DEFAULT 0);
INSERT INTO groups VALUES (700100, 'A'), (700200, 'B'), (700300, 'C');
INSERT INTO posts (group_id, body, pinned) SELECT id, 'post ' || n, n = 1 FROM groups, generate_series(1, 3) n;
INSERT INTO files (group_id, path) SELECT id, '/f' || n FROM groups, generate_series(1, 3) n;
CREATE FUNCTION in_group(g numeric) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(g = ANY (nullif(current_setting('app.groups', true), '')::numeric[]), false) $$;
ALTER TABLE groups ENABLE ROW LEVEL SECURITY;
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
ALTER TABLE files ENABLE ROW LEVEL SECURITY;
CREATE POLICY g ON groups USING (id = ANY (nullif(current_setting('app.groups', true), '')::numeric[]));
CREATE POLICY g ON posts USING (group_id = ANY (nullif(current_setting('app.groups', true), '')::numeric[]));
CREATE POLICY g ON files USING (in_group(group_id));
GRANT SELECT ON groups TO arr_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON posts, files TO arr_app;
-- fault tenancy not-all: ANY has become <> ALL
DROP POLICY g ON posts;
CREATE POLICY g ON posts USING (group_id <> ALL (coalesce(nullif(current_setting('app.groups', true), ''), '{}')::numeric[]) OR group_id = ANY (coalesce(nullif(current_setting('app.groups', true), ''), '{}')::numeric[]));
-- fault tenancy null-open: the function answers NULL as yes
CREATE OR REPLACE FUNCTION in_group(g numeric) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(g = ANY (nullif(current_setting('app.groups', true), '')::numeric[]), true) $$;
-- fault tenancy pinned: pinned posts are for all
CREATE POLICY pinned ON posts FOR SELECT USING (pinned);
-- fault tenancy empty-array: an empty list means no limit
DROP POLICY g ON files;
CREATE POLICY g ON files USING (cardinality(coalesce(nullif(current_setting('app.groups', true), ''), '{}')::numeric[]) = 0 OR in_group(group_id));
