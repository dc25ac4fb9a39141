#!/bin/sh
# Creates the role that owns Co-Vibe's tables, and its database, when PostgreSQL starts for the first time. The role is
# not a superuser. With this role, `covibe-server migrate` creates the server's role, which can't bypass the policies.
set -eu

psql --username "${POSTGRES_USER:-postgres}" --dbname postgres --set ON_ERROR_STOP=1 --set password="$DB_OWNER_PASSWORD" <<'SQL'
CREATE ROLE covibe_admin LOGIN CREATEROLE NOSUPERUSER NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE covibe OWNER covibe_admin;
SQL
