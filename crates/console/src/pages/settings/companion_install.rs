//! The lines that install the companion, which connects the agents of a machine.

use maud::{Markup, html};

use crate::Tone;
use crate::parts::layout::remark;
use crate::parts::text::{block, sentence};

/// The lines that install the companion from this server.
#[derive(Clone, Debug)]
pub struct Companion {
    /// The version that is installed, if the server knows it.
    pub version: Option<String>,
    /// The command that installs it.
    pub install: String,
    /// The line that installs it, connects the agents and checks the connection.
    pub line: String,
    /// The same for an npm that installs nothing from the address of a file.
    pub registry: Option<Registry>,
}

/// The lines by which npm finds the companion by its name.
#[derive(Clone, Debug)]
pub struct Registry {
    /// The line of `.npmrc`.
    pub npmrc: String,
    /// The command that installs it.
    pub install: String,
    /// The line that installs it, connects the agents and checks the connection.
    pub line: String,
}

/// Returns the panel.
pub(super) fn panel(companion: Option<&Companion>) -> Markup {
    html! {
        section.panel.stack aria-labelledby="companion" {
            div.panel-head { h2 #companion { "Connect all agents on a machine" } }
            @match companion {
                Some(companion) => { (commands(companion)) }
                None => { (not_built()) }
            }
        }
    }
}

fn commands(companion: &Companion) -> Markup {
    html! {
        p.muted.prose {
            (sentence("`covibe-local` connects Claude Code, Codex, Cursor and other agents, and asks \
                       you in the browser to approve their keys. The Activity page then shows in \
                       which repositories they work. `covibe-local` requires Node.js 18 or later."))
            @if let Some(version) = &companion.version { " This server has version " (version) "." }
        }
        (block("companion-line", "Install, connect and check", &companion.line))
        (block("companion-install", "Only install", &companion.install))
        @if let Some(registry) = &companion.registry {
            details {
                summary { "npm 12 and later" }
                div.stack.tight {
                    p.muted {
                        (sentence("npm 12 refuses the address of a file (`EALLOWREMOTE`). Add \
                                   this line to the file `.npmrc` next to `package.json`, and \
                                   install by name:"))
                    }
                    (block("companion-npmrc", ".npmrc", &registry.npmrc))
                    (block("companion-scoped-install", "Only install", &registry.install))
                    (block("companion-scoped-line", "Install, connect and check", &registry.line))
                }
            }
        }
    }
}

fn not_built() -> Markup {
    remark(
        Tone::Warn,
        &html! {
            p {
                (sentence("This server has no package of the companion yet: its operator builds \
                           one with `cargo xtask package`. Until then, connect each agent with a \
                           key."))
            }
        },
    )
}
