//! The source that a call names, and the parameters that go with it.

use covibe_domain::Failure;

use super::errors::{ambiguous_source, declared_in_file, unexpected_parameter};
use super::params::CreateApp;
use crate::repos::files::NewFile;

/// The source of an app.
#[derive(Clone, Copy)]
pub(super) enum SourceParam<'a> {
    /// Files for a new repository.
    Files(&'a [NewFile]),
    /// A repository of the workspace.
    Repository(&'a str),
    /// A published image.
    Image(&'a str),
    /// A compose file.
    Compose(&'a str),
    /// A template of Coolify's.
    Template(&'a str),
}

impl<'a> SourceParam<'a> {
    /// Returns the source that a call names.
    ///
    /// # Errors
    ///
    /// Invalid unless there is exactly one, and all parameters go with it.
    pub(super) fn from_params(params: &'a CreateApp) -> Result<Self, Failure> {
        let given = [
            params.files.as_deref().map(Self::Files),
            params.repo.as_deref().map(Self::Repository),
            params.image.as_deref().map(Self::Image),
            params.compose_raw.as_deref().map(Self::Compose),
            params.template.as_deref().map(Self::Template),
        ];
        let mut given = given.into_iter().flatten();
        let (Some(source), None) = (given.next(), given.next()) else {
            return Err(ambiguous_source());
        };
        source.refuse_unexpected(params)?;
        Ok(source)
    }

    /// Returns the parameter that names the source, and the advice on parameters that do not go
    /// with it.
    const fn parameter_and_advice(self) -> (&'static str, &'static str) {
        match self {
            Self::Files(_) => ("files", "Leave it out: the files get their own repository."),
            Self::Repository(_) => ("repo", "Leave it out."),
            Self::Image(_) => ("image", "Leave it out: an image is already built."),
            Self::Compose(_) => (
                "composeRaw",
                "Leave it out: the file contains it (a service's ports under expose).",
            ),
            Self::Template(_) => ("template", "Leave it out: the template contains it."),
        }
    }

    fn refuse_unexpected(self, params: &CreateApp) -> Result<(), Failure> {
        let of_code = [
            ("branch", params.branch.is_some()),
            ("autoDeploy", params.auto_deploy.is_some()),
            ("buildPack", params.build_pack.is_some()),
            ("dockerComposeLocation", params.docker_compose_location.is_some()),
            ("dockerfileLocation", params.dockerfile_location.is_some()),
            ("baseDirectory", params.base_directory.is_some()),
        ];
        let of_repository = [of_code[0]];
        let of_compose = [
            ("composeService", params.compose_service.is_some()),
            ("composeDomains", params.compose_domains.is_some()),
        ];
        let of_one_container = [
            ("ports", params.ports.is_some()),
            ("volumes", params.volumes.is_some()),
            ("healthCheck", params.health_check.is_some()),
            ("limits", params.limits.is_some()),
        ];
        let unexpected: [&[_]; 2] = match self {
            // Whether there is a compose file is known later.
            Self::Files(_) => [&of_repository, &[]],
            Self::Repository(_) => [&[], &[]],
            Self::Image(_) => [&of_code, &of_compose],
            Self::Compose(_) | Self::Template(_) => [&of_code, &of_one_container],
        };
        let (source, hint) = self.parameter_and_advice();
        match unexpected.concat().into_iter().find(|(_, is_given)| *is_given) {
            Some(("limits", _)) => {
                Err(unexpected_parameter("limits", source, declared_in_file("limits")))
            }
            Some((name, _)) => Err(unexpected_parameter(name, source, hint)),
            None => Ok(()),
        }
    }
}
