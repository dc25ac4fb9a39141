//! `covibe-server openapi`, `covibe-server settings` and `covibe-server tools`: what the program prints about itself.

use covibe_domain::entities::KeyAccess;
use covibe_operation::surface;
use covibe_tools::{cookbook, registry, skill};

use crate::cli::Format;
use crate::print;

/// Prints the OpenAPI document.
pub(crate) fn openapi() -> anyhow::Result<()> {
    print::line(&serde_json::to_string_pretty(&surface::openapi(&registry()))?);
    Ok(())
}

/// Prints the page of settings.
pub(crate) fn settings() {
    print::line(covibe_config::markdown().trim_end());
}

/// Prints the tool surface.
pub(crate) fn tools(format: Format) -> anyhow::Result<()> {
    let registry = registry();
    match format {
        Format::Json => {
            print::line(&serde_json::to_string_pretty(&surface::description(
                &registry,
                KeyAccess::Full,
            ))?);
        }
        Format::Surface => {
            print::line(&serde_json::to_string_pretty(&surface::outline(&registry))?);
        }
        Format::Markdown => print::line(surface::markdown(&registry).trim_end()),
        Format::Clients => print::line(covibe_http::clients::markdown().trim_end()),
        Format::Skill => print::line(skill(&registry).trim_end()),
        Format::Cookbook => print::line(cookbook(&registry).markdown().trim_end()),
    }
    Ok(())
}
