#!/bin/sh
# Creates the role that owns Co-Vibe's tables, and its database, when PostgreSQL starts for the first time. The role is
# no superuser; `covibe-server migrate` creates the role of the server as it, without rights to bypass the policies.
set -eu

psql --username "${POSTGRES_USER:-postgres}" --dbname postgres --set ON_ERROR_STOP=1 --set password="$DB_OWNER_PASSWORD" <<'SQL'
CREATE ROLE covibe_admin LOGIN CREATEROLE NOSUPERUSER NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE covibe OWNER covibe_admin;
SQL
