//! The size of all variables of an app together.

use std::collections::HashMap;

use covibe_coolify::{Env, EnvWrite};
use covibe_domain::{Failure, Kind, Secret};
use serde_json::json;

/// The maximum number of bytes of an app's variables as JSON. Coolify answers each value twice, and writes up to
/// three bytes for one of ours (4.3.11); with more, its answers could no longer be read.
const MAX_TOTAL: usize = 1024 * 1024;

/// The bytes of a variable beside its value: the other members of Coolify's answer.
const MEMBERS: usize = 512;

/// Fails if variables would take more than 1 MiB after these writes. `has_flags` is whether Coolify creates a
/// preview copy with each new variable.
pub(super) fn check_size(
    present: &[Env],
    writes: &[EnvWrite],
    has_flags: bool,
) -> Result<(), Failure> {
    let before =
        present.iter().map(|env| ((env.key.as_str(), env.is_preview), size(env.value.as_ref())));
    let mut sizes: HashMap<_, _> = before.collect();
    let total = sizes.values().sum::<usize>();
    for write in writes {
        let (key, size) = (write.key.as_str(), size(Some(&write.value)));
        sizes.insert((key, write.is_preview), size);
        if has_flags && !write.is_preview {
            sizes.entry((key, true)).or_insert(size);
        }
    }
    let after = sizes.values().sum::<usize>();
    if after > MAX_TOTAL.max(total) { Err(too_many_bytes()) } else { Ok(()) }
}

fn size(value: Option<&Secret>) -> usize {
    MEMBERS + value.map_or(0, |value| json!(value.expose()).to_string().len())
}

/// 413: the variables of the app would take too many bytes.
fn too_many_bytes() -> Failure {
    Failure::new(Kind::TooLarge, "The app's variables would take more than 1 MiB in total.")
        .hint("Each variable has a preview copy, which counts too. Keep long texts in a file or a database.")
}
