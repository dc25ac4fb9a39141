//! The simulators of a sandbox.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use anyhow::Context as _;
use covibe_config::{CloudDns, Config, Coolify, Dns, Gitea, Registrar, Storage};
use covibe_docker_host::Settings;
use covibe_registrar::System;
use covibe_sandbox::google::{self, Cloud};
use covibe_sandbox::{Simulator, coolify, docker, gitea, opensrs};
use covibe_upstream::KeyFile;

/// The address of the apps of a sandbox: one that is reserved for documentation (RFC 5737).
const INGRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));

/// The domain of Cloud DNS' name servers.
const GOOGLES: &str = "googledomains.com";

/// The administrator of the simulated Gitea.
const ADMIN: &str = "root";

/// The simulators of upstreams that are not configured.
pub(super) struct Simulators {
    pub(super) coolify: Option<Simulator>,
    /// The Docker Engine of the simulated Coolify's host.
    pub(super) docker: Option<Simulator>,
    pub(super) gitea: Option<Simulator>,
    pub(super) registrar: Option<Simulator>,
    pub(super) cloud: Option<Cloud>,
    /// True if the cloud serves zones.
    pub(super) serves_zones: bool,
}

/// Starts something unless that is not needed.
async fn unless<T>(
    is_needless: bool,
    start: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<Option<T>> {
    if is_needless { Ok(None) } else { start.await.map(Some) }
}

async fn coolify_with_engine(socket: &Path) -> anyhow::Result<(Simulator, Option<Simulator>)> {
    let simulator = coolify::start(coolify::Options::default()).await?;
    let docker = engine(&simulator, socket).await?;
    Ok((simulator, docker))
}

async fn simulated_gitea() -> anyhow::Result<Simulator> {
    let options = gitea::Options { admin: ADMIN.to_owned(), ..gitea::Options::default() };
    Ok(gitea::start(options).await?)
}

async fn simulated_registrar(dns: &Dns) -> anyhow::Result<Simulator> {
    let (username, settings) = (ADMIN.to_owned(), registries(dns));
    let options = opensrs::Options { username, settings, ..Default::default() };
    Ok(opensrs::start(options).await?)
}

async fn simulated_cloud() -> anyhow::Result<Cloud> {
    Ok(google::start(google::Options::default()).await?)
}

/// Starts the Docker Engine of a simulated Coolify; returns `None` on a system without such sockets.
async fn engine(coolify: &Simulator, socket: &Path) -> anyhow::Result<Option<Simulator>> {
    match docker::start(coolify, socket).await {
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
        engine => engine.map(Some).with_context(|| {
            format!("could not start the simulated Docker Engine at {}", socket.display())
        }),
    }
}

/// Returns the settings by which the simulated engine is reached.
fn engine_of(engine: &Simulator) -> anyhow::Result<Settings> {
    Ok(Settings::new(engine.url.parse()?))
}

/// Returns settings of the simulated registrar by which its registries also know the name servers of the configured
/// providers of DNS.
fn registries(dns: &Dns) -> opensrs::Settings {
    let mut settings = opensrs::Settings::default();
    let known = &mut settings.known_nameservers;
    known.extend(dns.cloud.iter().map(|_| GOOGLES.to_owned()));
    let updated = dns.update.iter().flat_map(|server| &server.nameservers);
    known.extend(updated.filter_map(|name| Some(name.as_str().split_once('.')?.1.to_owned())));
    settings
}

impl Simulators {
    /// Starts a simulator for each upstream that is not configured, all at once, and the Docker Engine of a
    /// simulated Coolify at that socket.
    pub(super) async fn start(config: &Config, socket: &Path) -> anyhow::Result<Self> {
        // The domains of a real registrar are served by real name servers.
        let is_served = config.dns.cloud.is_some() || config.dns.update.is_some();
        let serves_zones = config.registrar.is_none() && !is_served;
        let (host, gitea, registrar, cloud) = tokio::try_join!(
            unless(config.coolify.is_some(), coolify_with_engine(socket)),
            unless(config.gitea.is_some(), simulated_gitea()),
            unless(config.registrar.is_some(), simulated_registrar(&config.dns)),
            unless(!serves_zones && config.storage.is_some(), simulated_cloud()),
        )?;
        let (coolify, docker) = host.unzip();
        Ok(Self { coolify, docker: docker.flatten(), gitea, registrar, cloud, serves_zones })
    }

    /// Configures the simulators as the upstreams.
    pub(super) fn configure(&self, config: &mut Config) -> anyhow::Result<()> {
        if let Some(simulator) = &self.coolify {
            let url = simulator.url.parse()?;
            let token = simulator.token.clone();
            config.coolify = Some(Coolify {
                url,
                token,
                server: None,
                destination: None,
                most_per_minute: None,
            });
            config.docker.usual = self.docker.as_ref().map(engine_of).transpose()?;
            config.simulated.coolify = true;
        }
        if let Some(simulator) = &self.gitea {
            let url = simulator.url.parse()?;
            let (token, username) = (simulator.token.clone(), ADMIN.to_owned());
            let (public_url, ssh) = (None, None);
            config.gitea = Some(Gitea { url, token, username, public_url, ssh });
            config.simulated.gitea = true;
        }
        if let Some(simulator) = &self.registrar {
            let (key, username) = (simulator.token.clone(), ADMIN.to_owned());
            // The simulator sells everything, as the live system does.
            let (url, system) = (Some(simulator.url.parse()?), System::Live);
            config.registrar = Some(Registrar { username, key, system, url });
        }
        if let Some(cloud) = &self.cloud {
            let key_file = KeyFile::parse(&google::key_file(cloud))?;
            let project = key_file.project().to_owned();
            let (key_file, url) = (Some(key_file), Some(cloud.url.parse()?));
            if config.storage.is_none() {
                let (key_file, url) = (key_file.clone(), url.clone());
                let iam_url = url.clone();
                let storage = Storage::new(project.clone());
                config.storage = Some(Storage { key_file, url, iam_url, ..storage });
            }
            if self.serves_zones {
                config.dns.cloud = Some(CloudDns { project, key_file, url });
                if config.dns.ingress.is_empty() {
                    config.dns.ingress.push(INGRESS);
                }
            }
        }
        Ok(())
    }
}
