//! The settings of the packages of the companion: their folder, and the command that installs them.

use std::path::PathBuf;

use covibe_http::Packages;

use super::Reader;

/// The longest command that is shown.
const MAX_COMMAND: usize = 300;

/// The settings of the packages.
#[derive(Clone, Debug, Default)]
pub struct Companion {
    folder: Option<PathBuf>,
    /// The command that replaces the usual one.
    install: Option<String>,
}

impl Companion {
    /// Returns the packages of the companion: those in the configured folder, or in `companion` beside this program.
    pub fn packages(&self) -> Packages {
        let beside = || {
            let program = std::env::current_exe().ok()?;
            Some(program.parent()?.join("companion"))
        };
        let folder = self.folder.clone().or_else(beside);
        let packages = Packages::at(folder.unwrap_or_else(|| "companion".into()));
        match &self.install {
            Some(command) => packages.with_install(command),
            None => packages,
        }
    }
}

impl Reader<'_> {
    /// Reads the settings of the packages.
    pub(crate) fn companion(&mut self) -> Companion {
        let folder = self.text("COVIBE_COMPANION_DIR").map(PathBuf::from);
        let install = self.text("COVIBE_COMPANION_INSTALL").map(|text| text.trim().to_owned());
        let is_command = |text: &String| {
            !text.is_empty() && text.len() <= MAX_COMMAND && !text.contains(char::is_control)
        };
        if install.as_ref().is_some_and(|text| !is_command(text)) {
            let expected = "one line like `npm install --save-dev co-vibe`";
            self.mistakes.push(format!("COVIBE_COMPANION_INSTALL: expected {expected}"));
        }
        Companion { folder, install }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::read;

    #[test]
    fn the_install_command_of_the_companion_must_be_one_short_line() {
        let install = |text| read(&[("COVIBE_COMPANION_INSTALL", text)]);
        assert!(install("npm install --save-dev co-vibe").is_ok());
        for wrong in ["npm install\nrm", &"x".repeat(301)] {
            let told = install(wrong).unwrap_err().to_string();
            assert!(told.contains("COVIBE_COMPANION_INSTALL: expected one line"), "{told}");
        }
    }
}
