//! Removing what is ours from a file that others have changed since.

use crate::agents::config_files::Shape;
use crate::agents::edit::{JsonFile, Refusal, TomlFile, remove_block};
use crate::agents::hooks::strip_hooks;
use crate::agents::plan_creation::is_hollow;
use crate::agents::server_entry::{NAME, Owner, owner};
use crate::origin::Origin;

/// Returns a file without what is ours; none if all of it is ours.
///
/// # Errors
///
/// A refusal if the file cannot be edited safely.
pub(super) fn strip(
    shape: &Shape,
    bytes: &[u8],
    origin: Option<&Origin>,
    is_in_repository: bool,
) -> Result<Option<Vec<u8>>, Refusal> {
    Ok(match shape {
        Shape::JsonServers(parents) => {
            let file = JsonFile::parse(bytes)?;
            let parents: Vec<_> = parents.iter().map(String::as_str).collect();
            let entry = file.get(&parents, NAME)?;
            let is_ours =
                entry.is_some_and(|it| owner(&it, origin, is_in_repository) == Owner::Ours);
            if is_ours {
                file.remove(&parents, NAME)?;
            }
            Some(file.to_bytes())
        }
        Shape::TomlServers => {
            let mut file = TomlFile::parse(bytes)?;
            let entry = file.value()["mcp_servers"].get(NAME).cloned();
            let is_ours =
                entry.is_some_and(|it| owner(&it, origin, is_in_repository) == Owner::Ours);
            if !is_ours {
                return Ok(Some(bytes.to_vec()));
            }
            file.remove(["mcp_servers", NAME]);
            Some(file.to_bytes())
        }
        Shape::Hooks => {
            let file = JsonFile::parse(bytes)?;
            strip_hooks(&file)?;
            Some(file.to_bytes())
        }
        Shape::Block => Some(remove_block(bytes)?),
        Shape::Whole => None,
    })
}

/// Returns whether a file says nothing, so that one that we created can go.
pub(super) fn is_blank(shape: &Shape, bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    if text.trim_matches(['\u{feff}', ' ', '\t', '\r', '\n']).is_empty() {
        return true;
    }
    let is_json = matches!(shape, Shape::JsonServers(_) | Shape::Hooks);
    let has_comment = text.contains("//") || text.contains("/*");
    is_json && !has_comment && JsonFile::parse(bytes).is_ok_and(|file| is_hollow(&file.value()))
}
