//! Which of the three pathways a call takes, and what goes with it.

use covibe_domain::Failure;

use super::CreateApp;

/// What an app is to be made of.
#[derive(Clone, Copy)]
pub(super) enum Pathway<'a> {
    /// A repository of the workspace.
    Repo(&'a str),
    /// A published image.
    Image(&'a str),
    /// A compose file.
    Compose(&'a str),
}

impl<'a> Pathway<'a> {
    /// The one that is asked for, when all parameters go with it.
    pub(super) fn of(params: &'a CreateApp) -> Result<Self, Failure> {
        let pathway = match (&params.repo, &params.image, &params.compose_raw) {
            (Some(repo), None, None) => Self::Repo(repo),
            (None, Some(image), None) => Self::Image(image),
            (None, None, Some(file)) => Self::Compose(file),
            _ => {
                return Err(Failure::invalid("Pass exactly one of repo, image and composeRaw.")
                    .hint(
                        "repo for own code in the workspace's Gitea org, image for one published \
                     container, composeRaw for several.",
                    ));
            }
        };
        pathway.refuse_strangers(params)?;
        Ok(pathway)
    }

    /// The parameter that names it, and why others do not go with it.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Repo(_) => ("repo", "For several containers pass composeRaw."),
            Self::Image(_) => ("image", "Leave it out: an image is built already."),
            Self::Compose(_) => {
                ("composeRaw", "Leave it out: the file says it (a service's ports by expose).")
            }
        }
    }

    fn refuse_strangers(self, params: &CreateApp) -> Result<(), Failure> {
        let of_code = [
            ("branch", params.branch.is_some()),
            ("buildPack", params.build_pack.is_some()),
            ("dockerComposeLocation", params.docker_compose_location.is_some()),
            ("dockerfileLocation", params.dockerfile_location.is_some()),
            ("baseDirectory", params.base_directory.is_some()),
        ];
        let of_compose = [
            ("composeService", params.compose_service.is_some()),
            ("composeDomains", params.compose_domains.is_some()),
        ];
        let of_one = [("ports", params.ports.is_some())];
        let strangers: [&[_]; 2] = match self {
            Self::Repo(_) => [&of_compose, &[]],
            Self::Image(_) => [&of_code, &of_compose],
            Self::Compose(_) => [&of_code, &of_one],
        };
        let (own, hint) = self.words();
        match strangers.concat().into_iter().find(|(_, is_given)| *is_given) {
            Some((name, _)) => {
                Err(Failure::invalid(format!("`{name}` does not go with {own}.")).hint(hint))
            }
            None => Ok(()),
        }
    }
}
