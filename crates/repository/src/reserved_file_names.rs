//! Names of files that Coolify, git or nixpacks act on.

/// Returns whether Coolify, git or nixpacks read or write a file of this name, so that it must not be
/// a symbolic link.
pub(crate) fn is_acted_on(name: &str) -> bool {
    is_written(name)
        || matches!(name, "Dockerfile" | ".gitattributes" | ".gitmodules")
        || is_nixpacks(name)
}

/// Returns whether Coolify writes a file or folder of this name into the folder that it builds,
/// whatever is there (4.3.11, `ApplicationDeploymentJob`); `Dockerfile` is not among them.
pub(crate) fn is_written(name: &str) -> bool {
    matches!(
        name,
        ".env"
            | "docker-compose.yaml"
            | "docker-compose.yml"
            | "nginx.conf"
            | ".nixpacks"
            | ".coolify"
    )
}

/// Returns whether it is the name of a nixpacks plan.
pub(crate) fn is_nixpacks(name: &str) -> bool {
    matches!(name, "nixpacks.toml" | "nixpacks.json")
}
