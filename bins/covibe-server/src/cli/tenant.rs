//! The commands on tenants.

use clap::Subcommand;
use covibe_domain::{DomainName, Email, Slug, TenantId};
use url::Url;

/// The commands on tenants.
#[derive(Subcommand)]
pub(crate) enum Tenant {
    /// Create a tenant with its workspace, provision it, and print its first API key
    ///
    /// The key is the last line on stdout and is shown once. Safe to repeat: the command finishes an unfinished
    /// workspace. If the workspace already has a valid key, the command creates no other key and fails. It can run
    /// while a server runs. On PostgreSQL this requires COVIBE_POSTGRES_ADMIN_URL.
    Create {
        /// The tenant's name, 1 to 100 characters
        #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
        name: String,
        /// The slug of its workspace; the default is made from the name
        #[arg(long, value_name = "SLUG")]
        workspace: Option<Slug>,
        /// The email address of its first admin, who is appointed by a one-time link; the link is the first line on
        /// stdout, before the key
        #[arg(long, value_name = "ADDRESS")]
        owner_email: Option<Email>,
        /// Make somebody else an admin of a company that exists and has members
        #[arg(long, requires = "owner_email")]
        existing: bool,
        /// The number of days until the key expires; 0 for a key that does not expire
        #[arg(long, value_name = "DAYS", default_value_t = 90)]
        expires_in: u16,
    },
    /// List the tenants: id, status, workspaces, people, valid keys, name; on PostgreSQL this requires
    /// COVIBE_POSTGRES_ADMIN_URL
    List {
        /// Print the result as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Show a tenant: its status, workspaces, people, number of keys, zones and buckets
    Show {
        /// The tenant's id, as `tenant list` prints it
        #[arg(value_name = "ID")]
        tenant: TenantId,
        /// Print the result as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Suspend a tenant until `tenant resume`: refuse its keys and its people's sessions, and start nothing for it
    ///
    /// Its apps, databases and domains are left as they are. A running server needs no restart: it refuses the keys and
    /// sessions within two seconds. Safe to repeat.
    Suspend {
        /// The tenant's id, as `tenant list` prints it
        #[arg(value_name = "ID")]
        tenant: TenantId,
    },
    /// End the suspension of a tenant; waiting deployments then start. Safe to repeat
    Resume {
        /// The tenant's id, as `tenant list` prints it
        #[arg(value_name = "ID")]
        tenant: TenantId,
    },
    /// Print all records of a tenant as one JSON object, without secrets, and the commands that copy its repositories and
    /// volumes
    Export {
        /// The tenant's id, as `tenant list` prints it
        #[arg(value_name = "ID")]
        tenant: TenantId,
    },
    /// Print the effects of deleting a tenant; with --confirm, delete it
    ///
    /// Its keys, invitations and memberships end, and its apps, auth providers and databases are deleted. Volumes,
    /// repositories, zones and buckets stay unless a flag names them; its audit, workspaces and paid domains stay in
    /// any case. Safe to repeat: an interrupted deletion continues. It can't be undone.
    Delete {
        /// The tenant's id, as `tenant list` prints it
        #[arg(value_name = "ID")]
        tenant: TenantId,
        /// The same id again; without it, nothing changes
        #[arg(long, value_name = "ID")]
        confirm: Option<TenantId>,
        /// Delete the volumes, too, with all data of apps, auth providers and databases
        #[arg(long)]
        volumes: bool,
        /// Delete the repositories, too
        #[arg(long)]
        repositories: bool,
        /// Remove the DNS zones of the domains, too
        #[arg(long)]
        zones: bool,
        /// Remove the buckets, too; buckets with objects stay
        #[arg(long)]
        buckets: bool,
    },
    /// Print or set the DNS provider for the next domains of a workspace; on PostgreSQL this requires
    /// COVIBE_POSTGRES_ADMIN_URL
    ///
    /// Domains that have a zone keep it. A running server needs no restart.
    DnsProvider {
        /// The workspace
        #[arg(long, value_name = "SLUG")]
        workspace: Slug,
        /// The provider; `usual` for the default of new workspaces
        #[arg(value_parser = ["usual", "cloud_dns", "rfc2136"])]
        provider: Option<String>,
    },
    /// Remove the DNS zone of a domain with all its records; on PostgreSQL this requires
    /// COVIBE_POSTGRES_ADMIN_URL
    ///
    /// The domain stays registered, but its names do not resolve until it is attached again. Safe to repeat. If the
    /// registrar's account loses a domain, the server itself removes the zone 30 days later.
    RemoveZone {
        /// The workspace
        #[arg(long, value_name = "SLUG")]
        workspace: Slug,
        /// The domain
        #[arg(value_parser = DomainName::from_written)]
        domain: DomainName,
    },
    /// Give a workspace a bucket and a key that you made on a server that speaks S3; the key's secret is read from
    /// standard input. On PostgreSQL this requires COVIBE_POSTGRES_ADMIN_URL
    ///
    /// The command tests the key before it stores it. A running server needs no restart.
    GiveStorage {
        /// The workspace
        #[arg(long, value_name = "SLUG")]
        workspace: Slug,
        /// The address of the server, without the bucket
        #[arg(long, value_name = "URL")]
        endpoint: Url,
        /// The region that requests are signed for
        #[arg(long, default_value = "us-east-1")]
        region: String,
        /// The bucket
        #[arg(long, value_name = "NAME")]
        bucket: String,
        /// The id of a key that may use this bucket and nothing else
        #[arg(long, value_name = "ID")]
        access_key_id: String,
    },
    /// Remove the bucket of a workspace with its account and key; a bucket with objects stays. On PostgreSQL this requires
    /// COVIBE_POSTGRES_ADMIN_URL
    RemoveStorage {
        /// The workspace
        #[arg(long, value_name = "SLUG")]
        workspace: Slug,
    },
}

/// The commands on workspaces.
#[derive(Subcommand)]
pub(crate) enum Workspace {
    /// List the workspaces of all tenants or, with --tenant, of one; without it, PostgreSQL requires
    /// COVIBE_POSTGRES_ADMIN_URL
    List {
        /// The tenant's id, as `tenant list` prints it
        #[arg(long, value_name = "ID")]
        tenant: Option<TenantId>,
        /// Print the result as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print the effects of moving a workspace to another tenant; with --confirm, move it
    ///
    /// Apps, databases, repositories, domains with their zones and the bucket move with it and keep running. Keys,
    /// invitations and memberships of the workspace end; the audit, the ledger and the history of domains stay with the
    /// tenant that had them. The move is refused while the workspace has unfinished work. On PostgreSQL this requires
    /// COVIBE_POSTGRES_ADMIN_URL.
    MoveTenant {
        /// The workspace
        #[arg(value_name = "SLUG")]
        workspace: Slug,
        /// The id of the tenant that gets it, as `tenant list` prints it
        #[arg(long, value_name = "ID")]
        to: TenantId,
        /// The slug again; without it, nothing changes
        #[arg(long, value_name = "SLUG")]
        confirm: Option<Slug>,
    },
}
