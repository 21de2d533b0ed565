-- The two database roles. Run as a superuser inside the product's database; safe to run again.
--   psql --dbname buddyhelps --file deploy/roles.sql
-- Then give both a password:  \password buddyhelps_owner   \password buddyhelps_app
--
-- buddyhelps_owner owns the tables and runs migrations (DATABASE_OWNER_URL).
-- buddyhelps_app   is what the servers connect as (DATABASE_URL). It owns nothing and may not bypass
--                  row level security, which is what keeps one plumber's data from another's.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'buddyhelps_owner') THEN
    CREATE ROLE buddyhelps_owner LOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'buddyhelps_app') THEN
    CREATE ROLE buddyhelps_app LOGIN;
  END IF;
END
$$;

ALTER ROLE buddyhelps_owner NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
ALTER ROLE buddyhelps_app NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO buddyhelps_owner;
GRANT USAGE ON SCHEMA public TO buddyhelps_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO buddyhelps_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO buddyhelps_app;
ALTER DEFAULT PRIVILEGES FOR ROLE buddyhelps_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO buddyhelps_app;
ALTER DEFAULT PRIVILEGES FOR ROLE buddyhelps_owner IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO buddyhelps_app;
