-- title: tables where one tenant or nobody has rows, behind enums, checks, references, generated columns, exclusions
-- config
-- environment: shared
-- db:
--   app: ${env:un_app}
--   tenant: {set: {app.hotel: "{id}"}}
--   tenants: {a: {id: "5"}, b: {id: "6"}}
-- healthy
CREATE EXTENSION btree_gist;
CREATE ROLE un_owner NOLOGIN;
CREATE ROLE un_app LOGIN PASSWORD 'foreign-secret';
CREATE SCHEMA pms AUTHORIZATION un_owner;
SET ROLE un_owner;
CREATE TYPE pms.room_kind AS ENUM ('single', 'double', 'suite');
CREATE TYPE pms.state AS ENUM ('draft', 'held', 'confirmed');
CREATE TABLE pms.hotels (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE pms.rooms (hotel_id integer NOT NULL REFERENCES pms.hotels, no integer NOT NULL CHECK (no BETWEEN 1 AND 9999), kind pms.room_kind NOT NULL, PRIMARY KEY (hotel_id, no));
CREATE TABLE pms.guests (hotel_id integer NOT NULL REFERENCES pms.hotels, id integer GENERATED ALWAYS AS IDENTITY, first text NOT NULL CHECK (char_length(first) BETWEEN 1 AND 50), last text NOT NULL CHECK (last <> ''),
    full_name text GENERATED ALWAYS AS (first || ' ' || last) STORED, vip boolean NOT NULL, PRIMARY KEY (hotel_id, id));
CREATE TABLE pms.stays (hotel_id integer NOT NULL, room_no integer NOT NULL, guest_id integer NOT NULL, state pms.state NOT NULL, during daterange NOT NULL CHECK (NOT isempty(during)),
    price numeric(8,2) NOT NULL CHECK (price > 0), FOREIGN KEY (hotel_id, room_no) REFERENCES pms.rooms, FOREIGN KEY (hotel_id, guest_id) REFERENCES pms.guests,
    EXCLUDE USING gist (hotel_id WITH =, room_no WITH =, during WITH &&));
CREATE TABLE pms.charges (id bigserial PRIMARY KEY, hotel_id integer NOT NULL REFERENCES pms.hotels, net integer NOT NULL, tax integer NOT NULL, gross integer GENERATED ALWAYS AS (net + tax) STORED,
    booked_on date NOT NULL, due_on date NOT NULL, tags text[] NOT NULL, detail jsonb NOT NULL, CHECK (due_on >= booked_on), CHECK (tax >= 0 AND net > 0));
CREATE TABLE pms.keycards (hotel_id integer NOT NULL REFERENCES pms.hotels, mac macaddr NOT NULL, secret bytea NOT NULL, ip inet, valid tstzrange NOT NULL, PRIMARY KEY (hotel_id, mac));
INSERT INTO pms.hotels VALUES (5, 'Five'), (6, 'Six');
INSERT INTO pms.rooms VALUES (5, 101, 'single'), (5, 102, 'suite'), (6, 101, 'double');
INSERT INTO pms.guests (hotel_id, first, last, vip) VALUES (5, 'Ann', 'Abel', true), (5, 'Abe', 'Ash', false);
DO $$ DECLARE t text; BEGIN
    FOREACH t IN ARRAY ARRAY['hotels', 'rooms', 'guests', 'stays', 'charges', 'keycards'] LOOP
        EXECUTE format('ALTER TABLE pms.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY hotel ON pms.%I USING (%I = nullif(current_setting(''app.hotel'', true), '''')::integer)', t, CASE t WHEN 'hotels' THEN 'id' ELSE 'hotel_id' END);
    END LOOP;
END $$;
GRANT USAGE ON SCHEMA pms TO un_app;
GRANT SELECT ON pms.hotels TO un_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON pms.rooms, pms.guests, pms.stays, pms.charges, pms.keycards TO un_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA pms TO un_app;
-- fault tenancy empty-off: a table that nobody has used yet has no row security
ALTER TABLE pms.keycards DISABLE ROW LEVEL SECURITY;
-- fault tenancy empty-true: stays, still empty, are open to all by policy
DROP POLICY hotel ON pms.stays;
CREATE POLICY hotel ON pms.stays USING (price > 0);
-- fault tenancy empty-delete: deletes on charges, still empty, are bound to nothing
DROP POLICY hotel ON pms.charges;
CREATE POLICY r ON pms.charges FOR SELECT USING (hotel_id = nullif(current_setting('app.hotel', true), '')::integer);
CREATE POLICY i ON pms.charges FOR INSERT WITH CHECK (hotel_id = nullif(current_setting('app.hotel', true), '')::integer);
CREATE POLICY d ON pms.charges FOR DELETE USING (gross IS NOT NULL);
-- fault tenancy only-a: guests, of which only one tenant has any, are readable by all
DROP POLICY hotel ON pms.guests;
CREATE POLICY hotel ON pms.guests USING (vip OR hotel_id = nullif(current_setting('app.hotel', true), '')::integer);
