//! The style sheet, the script and the icon. Their names have a digest, so that browsers may keep them forever.

use std::sync::LazyLock;

/// A file that pages load.
#[derive(Debug)]
pub struct Asset {
    /// Its name below [`paths::ASSETS`](crate::paths::ASSETS), which changes with its content.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its content.
    pub content: &'static str,
}

impl Asset {
    fn new(stem: &str, ending: &str, media_type: &'static str, content: &'static str) -> Self {
        Self { name: format!("{stem}.{:016x}.{ending}", digest(content)), media_type, content }
    }

    /// Returns its path.
    pub fn path(&self) -> String {
        format!("{}/{}", crate::paths::ASSETS, self.name)
    }
}

/// The style sheet.
pub static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let content = include_str!("../assets/console.css");
    Asset::new("console", "css", "text/css; charset=utf-8", content)
});

/// The script. Every page works without it.
pub static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let content = include_str!("../assets/console.js");
    Asset::new("console", "js", "text/javascript; charset=utf-8", content)
});

/// The icon of the pages.
pub static ICON: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("icon", "svg", "image/svg+xml", include_str!("../assets/icon.svg"))
});

/// Returns the asset with this name.
pub fn find(name: &str) -> Option<&'static Asset> {
    [&*STYLE, &*SCRIPT, &*ICON].into_iter().find(|asset| asset.name == name)
}

/// FNV-1a: it only distinguishes versions of a file.
fn digest(content: &str) -> u64 {
    content.bytes().fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_found_only_by_its_name_with_the_digest() {
        assert_eq!(find(&STYLE.name).map(|asset| asset.media_type), Some(STYLE.media_type));
        assert!(find("console.css").is_none());
    }

    #[test]
    fn a_digest_differs_with_the_content() {
        assert_ne!(digest("a"), digest("b"));
        assert_eq!(digest("a"), 0xaf63_dc4c_8601_ec8c, "the published vector of FNV-1a");
    }
}
