//! The build pack and the port of an app that its call leaves to the repository.

use covibe_domain::Failure;
use covibe_domain::entities::BuildPack;
use covibe_domain::shell::{Ports, RepoPath};
use covibe_repository::{Detected, Exposed, Places, Verdict};
use covibe_workspace::Workspace;

use crate::apps::compose::repository_compose::LOCATION;
use crate::apps::constants::STATIC_PORT;
use crate::apps::repository::repository_build::DOCKERFILE;
use crate::resource_names;

/// The port that nixpacks and most frameworks listen on.
const DEFAULT_PORT: u16 = 3000;

/// The build parameters of a call.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::apps) struct BuildParams<'a> {
    /// The build pack that it names, or that its other parameters imply.
    pub(in crate::apps) pack: Option<BuildPack>,
    /// The folder to build, from the root of the repository.
    pub(in crate::apps) folder: &'a str,
    /// The path of the Dockerfile, from that folder.
    pub(in crate::apps) dockerfile: Option<&'a str>,
    /// The path of the compose file, from that folder.
    pub(in crate::apps) compose: Option<&'a str>,
    /// The ports.
    pub(in crate::apps) ports: Option<&'a Ports>,
    /// The value of the variable `PORT`.
    pub(in crate::apps) port_variable: Option<&'a str>,
}

/// The plan by which an app is built.
#[derive(Debug)]
pub(in crate::apps) struct BuildPlan {
    /// The build pack.
    pub(in crate::apps) pack: BuildPack,
    /// The path of the compose file from the folder, if the app is described by one.
    pub(in crate::apps) compose: Option<RepoPath>,
    /// The ports that the container listens on.
    pub(in crate::apps) ports: Ports,
    /// The decisions that the repository made, and the assumptions.
    pub(in crate::apps) hints: Vec<String>,
}

impl<'a> BuildParams<'a> {
    /// Returns the places in the repository that an app of this build pack names.
    pub(in crate::apps) fn places(&self, pack: BuildPack) -> Places<'a> {
        let files = [self.dockerfile, self.compose].into_iter().flatten().collect();
        let dockerfile = (pack == BuildPack::Dockerfile).then(|| self.dockerfile());
        Places { folder: self.folder, files, dockerfiles: dockerfile.into_iter().collect() }
    }

    fn dockerfile(&self) -> &'a str {
        self.dockerfile.unwrap_or(DOCKERFILE)
    }

    /// Returns the path of a file in the folder, from the root of the repository.
    fn path(&self, file: &str) -> String {
        let folder = self.folder.trim_matches('/');
        let file = file.trim_start_matches('/');
        if folder.is_empty() { format!("/{file}") } else { format!("/{folder}/{file}") }
    }
}

impl BuildPlan {
    /// Returns the plan of a call for a commit with this verdict.
    ///
    /// # Errors
    ///
    /// Rejected if the build would certainly fail: there is no Dockerfile, or only a compose file that the call does
    /// not name.
    pub(in crate::apps) fn from_verdict(
        cx: &Workspace,
        asked: &BuildParams<'_>,
        verdict: &Verdict,
    ) -> Result<Self, Failure> {
        Self::choose(asked, verdict, cx.settings().compose_repositories)
    }

    fn choose(
        asked: &BuildParams<'_>,
        verdict: &Verdict,
        builds_compose: bool,
    ) -> Result<Self, Failure> {
        let mut hints = Vec::new();
        let pack = match asked.pack {
            Some(pack) => pack,
            None => detect_pack(asked, verdict, builds_compose, &mut hints)?,
        };
        check_dockerfile(asked, pack, verdict)?;
        let compose = (pack == BuildPack::Dockercompose).then(|| compose_location(asked, verdict));
        let compose = compose
            .map(|it| resource_names::shell_text("dockerComposeLocation", &it))
            .transpose()?;
        let ports = if let Some(ports) = asked.ports {
            ports.clone()
        } else {
            let (port, why) = port(asked, pack, verdict);
            hints.extend(why);
            resource_names::shell_text("ports", &port.to_string())?
        };
        Ok(Self { pack, compose, ports, hints })
    }
}

/// Returns the build pack that the files of the folder decide on, and adds a hint with the reason.
fn detect_pack(
    asked: &BuildParams<'_>,
    verdict: &Verdict,
    builds_compose: bool,
    hints: &mut Vec<String>,
) -> Result<BuildPack, Failure> {
    let compose = verdict.compose_file(asked.folder);
    let (pack, why) = match (verdict.detect_build(asked.folder), compose) {
        (Detected::Unknown, Some(name)) if builds_compose => {
            let file = asked.path(name);
            hints.push(format!(
                "`buildPack` is dockercompose: there is {file}, but no Dockerfile next to it and \
                 no program that can be built."
            ));
            return Ok(BuildPack::Dockercompose);
        }
        (Detected::Unknown, Some(name)) => return Err(only_compose(&asked.path(name))),
        (Detected::Dockerfile, _) => (
            BuildPack::Dockerfile,
            format!("`buildPack` is dockerfile: there is {}.", asked.path(DOCKERFILE)),
        ),
        (Detected::Page, _) => {
            let page = asked.path("index.html");
            (
                BuildPack::Static,
                format!("`buildPack` is static: there is {page}, and no program next to it."),
            )
        }
        (Detected::Program(name), _) => {
            let file =
                if name.starts_with('.') { format!("a file *{name}") } else { asked.path(name) };
            (
                BuildPack::Nixpacks,
                format!("`buildPack` is nixpacks: there is {file}, and no Dockerfile."),
            )
        }
        (Detected::Unknown, None) => {
            let folder = asked.path("");
            let why = format!(
                "`buildPack` is nixpacks, but {folder} has no file that Nixpacks is known to build, \
                 such as package.json: if the build fails, commit a Dockerfile, or pass \
                 `baseDirectory`."
            );
            (BuildPack::Nixpacks, why)
        }
    };
    hints.push(why);
    hints.extend(compose.map(|name| {
        let file = asked.path(name);
        let how = if builds_compose {
            "pass `buildPack` dockercompose"
        } else {
            "pass its text as `composeRaw`"
        };
        format!("{file} is not used: to run its services, {how}.")
    }));
    Ok(pack)
}

/// Returns the port that an app listens on whose call names none, and a hint if that is not certain.
fn port(asked: &BuildParams<'_>, pack: BuildPack, verdict: &Verdict) -> (u16, Option<String>) {
    let file = asked.path(asked.dockerfile());
    let exposed = verdict.exposed_port(asked.folder, asked.dockerfile());
    let missing = match (pack, exposed) {
        (BuildPack::Static, _) => return (STATIC_PORT, None),
        // Coolify sets it so (4.3.11); the ports of services are in the file.
        (BuildPack::Dockercompose, _) => return (80, None),
        (BuildPack::Dockerfile, Some(Exposed::Port(port))) => {
            return (port, Some(format!("`ports` is {port}, which {file} exposes.")));
        }
        (BuildPack::Dockerfile, Some(Exposed::Nothing)) => format!("{file} exposes no port. "),
        (BuildPack::Dockerfile, Some(Exposed::Variable)) => {
            format!("{file} exposes a variable without a value. ")
        }
        (BuildPack::Dockerfile, None) => format!("The ports that {file} exposes were not read. "),
        (BuildPack::Nixpacks, _) => String::new(),
    };
    let variable = asked.port_variable.and_then(|text| text.trim().parse().ok());
    match variable.filter(|port| *port > 0) {
        Some(port) => (port, Some(format!("{missing}`ports` is {port}, the value of PORT."))),
        None => (
            DEFAULT_PORT,
            Some(format!(
                "{missing}`ports` is assumed to be {DEFAULT_PORT}: the app gets \
                 PORT={DEFAULT_PORT}, unless it already has that variable, and must listen on \
                 that port at 0.0.0.0. Pass `ports` if it listens on another one."
            )),
        ),
    }
}

/// Refuses an app that is to be built by a Dockerfile which certainly does not exist.
fn check_dockerfile(
    asked: &BuildParams<'_>,
    pack: BuildPack,
    verdict: &Verdict,
) -> Result<(), Failure> {
    if pack != BuildPack::Dockerfile {
        return Ok(());
    }
    let path = asked.path(asked.dockerfile());
    match path.rsplit_once('/') {
        Some((folder, "Dockerfile")) if !verdict.has_dockerfile(folder) => {
            Err(no_dockerfile(&path))
        }
        _ => Ok(()),
    }
}

/// 422: the build would fail, because there is no such Dockerfile.
fn no_dockerfile(path: &str) -> Failure {
    Failure::rejected(format!("The repository has no {path} to build the app from.")).hint(
        "Commit it, pass the right `dockerfileLocation` or `baseDirectory`, or let `buildPack` be detected.",
    )
}

/// 422: no file determines how the repository is built, but it has a compose file.
fn only_compose(file: &str) -> Failure {
    let message = format!(
        "The repository has {file}, but neither a Dockerfile nor a program that can be built."
    );
    let hint = format!(
        "Pass the text of {file} as `composeRaw` instead of `repo`, with published images."
    );
    Failure::rejected(message).hint(hint)
}

/// Returns the path of the compose file from the folder: the one that the call names, or that is there.
fn compose_location(asked: &BuildParams<'_>, verdict: &Verdict) -> String {
    let found = || verdict.compose_file(asked.folder).map(|name| format!("/{name}"));
    asked.compose.map(str::to_owned).or_else(found).unwrap_or_else(|| LOCATION.to_owned())
}
