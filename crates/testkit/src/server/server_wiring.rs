//! The parts of a server, composed as the binary composes them.

use std::sync::{Arc, LazyLock};

use covibe_crypto::SecretBox;
use covibe_dispatch::Registry;
use covibe_domain::CellName;
use covibe_identity::Identity;
use covibe_sandbox::Simulator;
use covibe_store::Store;
use covibe_upstream::{Credentials, GoogleAuth, GoogleSettings, KeyFile, Rate};
use covibe_workspace::{
    Cells, CloneProtocol, DnsProviders, DockerHosts, GiteaAddress, ImageRegistries, Parts,
    Platform, RegistrarAccount, Settings, SharedRateBudget, StorageAccounts, Upstreams,
};
use {
    covibe_coolify as coolify, covibe_dns as dns, covibe_docker_host as docker,
    covibe_gitea as gitea, covibe_registrar as registrar, covibe_storage as storage,
};

use super::database_and_settings::{CloudAt, Common};
use super::world_options::{ADMIN, Options};

/// The operations, which are the same for all processes.
pub(super) static REGISTRY: LazyLock<Arc<Registry>> =
    LazyLock::new(|| Arc::new(covibe_tools::registry()));

/// Composes a platform over simulated upstreams.
pub(super) fn platform(
    common: &Common,
    secrets: SecretBox,
    store: &Store,
    identity: &Arc<Identity>,
    coolify: &Simulator,
    gitea: &Simulator,
) -> Arc<Platform> {
    let Common { options, origin, .. } = common;
    let settings = Settings { origin: Some(origin.clone()), ..options.settings.clone() };
    let cells = Cells::with_default_cell(Upstreams {
        gitea_address: Some(address(options, gitea)),
        coolify: Some(coolify_client(options, store, coolify)),
        gitea: Some(gitea_client(options, gitea)),
        docker: docker_hosts(common),
        accepts_caddy: false,
    });
    let (store, identity) = (store.clone(), Arc::clone(identity));
    let registrar = registrar::Client::new(common.registrar.clone()).expect("a client");
    let registrar = Some(RegistrarAccount::new(registrar, registrar::System::Live));
    let (dns, storage) = (dns_providers(common), storage_accounts(common));
    let images = options.images.clone();
    let images = images.map(|config| ImageRegistries::new(config).expect("settings"));
    Platform::new(Parts {
        store,
        identity,
        secrets,
        cells,
        registrar,
        dns,
        storage,
        images,
        settings,
    })
}

pub(super) fn registrar_client(options: &Options, at: &Simulator) -> registrar::Config {
    registrar::Config {
        timeout: options.attempt,
        expiry: options.expiry.clone(),
        ..registrar::Config::new(
            at.url.parse().expect("a URL"),
            &options.registrar.username,
            at.token.clone(),
        )
    }
}

/// The scope of a service account's tokens for Cloud DNS.
const SCOPE: &str = "https://www.googleapis.com/auth/ndev.clouddns.readwrite";

fn storage_accounts(common: &Common) -> StorageAccounts {
    let google = common.options.has_storage.then(|| google_storage(common));
    StorageAccounts::new(google, "NORTHAMERICA-NORTHEAST1")
}

pub(super) fn google_storage(common: &Common) -> storage::GoogleStorage {
    let CloudAt { url, key_file } = &common.cloud;
    let key_file = KeyFile::parse(key_file).expect("a key file");
    let (project, expiry) = (key_file.project().to_owned(), &common.options.expiry);
    let settings = GoogleSettings { expiry: expiry.clone(), ..GoogleSettings::default() };
    let auth = GoogleAuth::new(Credentials::KeyFile(key_file), storage::SCOPE, settings);
    let config = storage::GoogleConfig::new(project, auth.expect("an account"));
    let config = storage::GoogleConfig {
        iam: url.parse().expect("a URL"),
        storage: url.parse().expect("a URL"),
        timeout: common.options.attempt,
        expiry: expiry.clone(),
        rate: Rate { per_minute: UNLIMITED, burst: UNLIMITED },
        ..config.expect("settings")
    };
    storage::GoogleStorage::new(config).expect("a client")
}

fn dns_providers(common: &Common) -> DnsProviders {
    let CloudAt { url, key_file } = &common.cloud;
    let key_file = KeyFile::parse(key_file).expect("a key file");
    let (project, expiry) = (key_file.project().to_owned(), &common.options.expiry);
    let settings = GoogleSettings { expiry: expiry.clone(), ..GoogleSettings::default() };
    let auth = GoogleAuth::new(Credentials::KeyFile(key_file), SCOPE, settings);
    let config = dns::Config::new(project, auth.expect("an account")).expect("settings");
    let config = dns::Config {
        url: url.parse().expect("a URL"),
        timeout: common.options.attempt,
        expiry: expiry.clone(),
        rate: Rate { per_minute: UNLIMITED, burst: UNLIMITED },
        ..config
    };
    let update = common.options.dns_updates.clone();
    let update = update.map(|config| dns::UpdateServer::new(config).expect("settings"));
    DnsProviders::new(Some(dns::CloudDns::new(config).expect("a client")), update)
}

pub(super) fn docker_hosts(common: &Common) -> DockerHosts {
    let host = |settings: &Arc<docker::Settings>| {
        docker::DockerHost::new(docker::Settings::clone(settings)).expect("a docker host")
    };
    DockerHosts { usual: common.docker.as_ref().map(host), ..DockerHosts::default() }
}

fn coolify_client(options: &Options, store: &Store, at: &Simulator) -> coolify::Client {
    let mut config = coolify::Config {
        per_minute: options.per_minute,
        timeout: options.attempt,
        expiry: options.expiry.clone(),
        lists_for: options.lists_for,
        ..coolify::Config::new(at.url.parse().expect("a URL"), at.token.clone())
    };
    config.rate_budget = SharedRateBudget::for_upstream(store, &CellName::default(), "coolify");
    coolify::Client::new(config).expect("a client")
}

/// More calls of Gitea than a test makes in a minute.
const UNLIMITED: u32 = 1_000_000;

fn gitea_client(options: &Options, at: &Simulator) -> gitea::Client {
    let config = gitea::Config {
        rate: gitea::Rate { per_minute: UNLIMITED, burst: UNLIMITED },
        timeout: options.attempt,
        expiry: options.expiry.clone(),
        ..gitea::Config::new(at.url.parse().expect("a URL"), ADMIN, at.token.clone())
    };
    gitea::Client::new(config).expect("a client")
}

fn address(options: &Options, at: &Simulator) -> GiteaAddress {
    let url = |text: &str| text.parse().expect("a URL");
    let public = options.gitea_public_url.as_deref().map(url);
    // The simulator answers clones over SSH where it answers HTTP.
    let ssh = options.gitea_ssh || options.settings.clone_protocol == CloneProtocol::Ssh;
    let ssh = ssh.then(|| at.url.trim_start_matches("http://").parse().expect("an address"));
    GiteaAddress::new(&url(&at.url), public.as_ref(), ssh)
}
