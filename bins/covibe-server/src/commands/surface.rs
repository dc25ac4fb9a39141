//! `covibe-server openapi` and `covibe-server tools`.

use covibe_tools::cookbook::Cookbook;
use covibe_tools::{Registry, surface};

use crate::{Format, print};

/// Prints the OpenAPI document.
pub(crate) fn openapi() -> anyhow::Result<()> {
    print::line(&serde_json::to_string_pretty(&surface::openapi(&Registry::new()))?);
    Ok(())
}

/// Prints the tool surface.
pub(crate) fn tools(format: Format) -> anyhow::Result<()> {
    let registry = Registry::new();
    match format {
        Format::Json => {
            print::line(&serde_json::to_string_pretty(&surface::description(&registry))?);
        }
        Format::Markdown => print::line(surface::markdown(&registry).trim_end()),
        Format::Cookbook => print::line(Cookbook::new(&registry).page().trim_end()),
    }
    Ok(())
}
