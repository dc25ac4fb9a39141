//! A real browser for tests: Debian's Chromium without a window, driven by the DevTools protocol.
//!
//! One browser serves all tests of a process. Each [`Page`] has cookies and storage of its own.

mod accessibility;
mod devtools_channel;
mod devtools_messages;
mod page;
mod page_troubles;

pub use page::{Page, ViewSettings};

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use serde_json::json;

use devtools_channel::Channel;

/// A running browser. It ends with this process.
pub struct Browser {
    channel: Arc<Channel>,
}

impl Browser {
    /// Returns the browser of this process, and starts it if this is the first call; `None`, with a printed reason,
    /// where Chromium is missing.
    ///
    /// # Panics
    ///
    /// If it does not start, or if it is missing and `COVIBE_TEST_BROWSER` is `required`.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Browser>> = OnceLock::new();
        SHARED
            .get_or_init(|| program().map(|program| Self { channel: Channel::start(&program) }))
            .as_ref()
    }

    /// Opens a page that shares nothing with other pages. It is 1440 by 900 pixels large, and light.
    pub async fn page(&self) -> Page {
        let channel = &self.channel;
        let context = channel.call(None, "Target.createBrowserContext", json!({})).await;
        let context = context["browserContextId"].as_str().expect("a context").to_owned();
        let target = json!({ "url": "about:blank", "browserContextId": context });
        let target = channel.call(None, "Target.createTarget", target).await;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = channel.call(None, "Target.attachToTarget", attach).await;
        let session = session["sessionId"].as_str().expect("a session").to_owned();
        Page::open(Arc::clone(channel), context, session).await
    }
}

#[expect(clippy::print_stderr, reason = "the output of a test run must say what was skipped")]
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).chain([PathBuf::from("/usr/bin")]).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let all = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let program = all.into_iter().find(|program| program.is_file());
    let is_required = std::env::var("COVIBE_TEST_BROWSER").as_deref() == Ok("required");
    assert!(
        program.is_some() || !is_required,
        "COVIBE_TEST_BROWSER=required, but there is no chromium"
    );
    if program.is_none() {
        eprintln!("skipped: no chromium (install the Debian package chromium)");
    }
    program
}
