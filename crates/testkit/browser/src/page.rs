//! A page, with the actions of a person on it.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::devtools_channel::{Channel, Event, PATIENCE};
use crate::{accessibility, page_troubles};

/// The domains of the protocol that are enabled for a page.
const DOMAINS: [&str; 6] = ["Page", "Runtime", "Network", "Log", "Audits", "DOM"];

/// Resolves once the condition holds; looks again whenever the document changes.
const CONDITION: &str = "new Promise((resolve) => {
    const check = () => { if (CONDITION) { observer.disconnect(); resolve(true); } };
    const observer = new MutationObserver(check);
    const what = { subtree: true, childList: true, attributes: true, characterData: true };
    observer.observe(document, what);
    check();
})";

/// Returns the middle of an element, after scrolling to it, if a pointer can reach it.
const MIDDLE: &str = "(() => {
    const element = document.querySelector(SELECTOR);
    if (!element) return { error: 'there is none' };
    element.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' });
    const box = element.getClientRects()[0];
    if (!box) return { error: 'it is not shown' };
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const hit = document.elementFromPoint(x, y);
    const label = element.labels && [...element.labels].some((label) => label.contains(hit));
    if (hit && (element.contains(hit) || hit.contains(element) || label)) return { x, y };
    return { error: 'it is behind ' + (hit ? hit.outerHTML.slice(0, 200) : 'the edge') };
})()";

/// The conditions under which a page is viewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewSettings {
    /// The width in CSS pixels.
    pub width: u32,
    /// True if the person prefers dark pages.
    pub is_dark: bool,
    /// True if the person prefers reduced motion.
    pub is_still: bool,
}

/// A page. It is closed when it is dropped.
pub struct Page {
    channel: Arc<Channel>,
    context: String,
    session: String,
    events: UnboundedReceiver<Event>,
    troubles: Mutex<Vec<String>>,
}

impl Page {
    pub(crate) async fn open(channel: Arc<Channel>, context: String, session: String) -> Self {
        let events = channel.events(&session);
        let page = Self { channel, context, session, events, troubles: Mutex::default() };
        for domain in DOMAINS {
            page.call(&format!("{domain}.enable"), json!({})).await;
        }
        page.set_view(ViewSettings { width: 1440, is_dark: false, is_still: true }).await;
        page
    }

    async fn call(&self, method: &str, params: Value) -> Value {
        self.channel.call(Some(&self.session), method, params).await
    }

    /// Goes to an address and waits until it is loaded.
    ///
    /// # Panics
    ///
    /// If it can't be loaded.
    pub async fn goto(&mut self, url: &str) {
        self.note_troubles();
        let answer = self.call("Page.navigate", json!({ "url": url })).await;
        assert!(answer["errorText"].is_null(), "{url}: {}", answer["errorText"]);
        self.wait_for_load().await;
    }

    /// Waits until the next document is loaded.
    pub async fn wait_for_load(&mut self) {
        let load = async {
            while let Some(event) = self.events.recv().await {
                self.troubles.lock().extend(page_troubles::trouble(&event));
                if event.method == "Page.loadEventFired" {
                    return;
                }
            }
            panic!("the browser ended");
        };
        let is_loaded = tokio::time::timeout(PATIENCE, load).await.is_ok();
        assert!(is_loaded, "the page is not loaded in time");
    }

    /// Clicks the middle of the first element that a CSS selector finds.
    ///
    /// # Panics
    ///
    /// If the selector finds nothing, or a pointer can't reach the element.
    pub async fn click(&self, selector: &str) {
        let middle = self.evaluate(&MIDDLE.replace("SELECTOR", &json!(selector).to_string())).await;
        assert!(middle["error"].is_null(), "{selector}: {}", middle["error"]);
        for kind in ["mousePressed", "mouseReleased"] {
            let params = json!({ "type": kind, "x": middle["x"], "y": middle["y"], "button": "left",
                                 "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", params).await;
        }
    }

    /// Clicks, and waits until the document that this leads to is loaded.
    pub async fn follow(&mut self, selector: &str) {
        self.note_troubles();
        self.click(selector).await;
        self.wait_for_load().await;
    }

    /// Clicks a field, replaces what it contains, and leaves the focus there.
    pub async fn fill(&self, selector: &str, text: &str) {
        self.click(selector).await;
        let select = format!("document.querySelector({}).select()", json!(selector));
        self.evaluate(&select).await;
        self.call("Input.insertText", json!({ "text": text })).await;
    }

    /// Chooses an option of a list by its value.
    pub async fn choose(&self, selector: &str, value: &str) {
        let script = format!(
            "(() => {{ const list = document.querySelector({}); list.value = {};
             list.dispatchEvent(new Event('change', {{ bubbles: true }})); return list.value; }})()",
            json!(selector),
            json!(value)
        );
        assert_eq!(self.evaluate(&script).await, value, "{selector} has no such option");
    }

    /// Chooses a file for a field.
    pub async fn upload(&self, selector: &str, file: &Path) {
        let expression = format!("document.querySelector({})", json!(selector));
        let field = self.call("Runtime.evaluate", json!({ "expression": expression })).await;
        let params = json!({ "files": [file], "objectId": field["result"]["objectId"] });
        self.call("DOM.setFileInputFiles", params).await;
    }

    /// Presses a key, such as `Tab`, `Enter` or `Escape`.
    pub async fn press(&self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, None),
            "Enter" => (13, Some("\r")),
            "Escape" => (27, None),
            " " => (32, Some(" ")),
            _ => (0, None),
        };
        for kind in ["keyDown", "keyUp"] {
            let mut params =
                json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            if let (Some(text), "keyDown") = (text, kind) {
                params["text"] = json!(text);
            }
            self.call("Input.dispatchKeyEvent", params).await;
        }
    }

    /// Returns the value of a script; promises are awaited.
    ///
    /// # Panics
    ///
    /// If the script throws.
    pub async fn evaluate(&self, script: &str) -> Value {
        let params = json!({ "expression": script, "awaitPromise": true, "returnByValue": true });
        let mut answer = self.call("Runtime.evaluate", params).await;
        assert!(answer["exceptionDetails"].is_null(), "{script}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].take()
    }

    /// Waits until a condition in JavaScript holds, which may only depend on the document.
    pub async fn wait_for(&self, condition: &str) {
        self.evaluate(&CONDITION.replace("CONDITION", condition)).await;
    }

    /// Returns the text that a person sees in the first element that a selector finds.
    pub async fn text(&self, selector: &str) -> String {
        let text =
            self.evaluate(&format!("document.querySelector({})?.innerText", json!(selector))).await;
        text.as_str().unwrap_or_else(|| panic!("there is no {selector}")).to_owned()
    }

    /// Returns whether a selector finds something.
    pub async fn has_element(&self, selector: &str) -> bool {
        self.evaluate(&format!("!!document.querySelector({})", json!(selector))).await == true
    }

    /// Returns the path of the document, with its query.
    pub async fn path(&self) -> String {
        let path = self.evaluate("location.pathname + location.search").await;
        path.as_str().expect("a path").to_owned()
    }

    /// Changes the conditions under which the page is viewed.
    pub async fn set_view(&self, look: ViewSettings) {
        let size =
            json!({ "width": look.width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", size).await;
        let scheme = if look.is_dark { "dark" } else { "light" };
        let motion = if look.is_still { "reduce" } else { "no-preference" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme },
                              { "name": "prefers-reduced-motion", "value": motion }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Allows or forbids scripts of documents that are loaded from now on.
    pub async fn allow_scripts(&self, is_allowed: bool) {
        let params = json!({ "value": !is_allowed });
        self.call("Emulation.setScriptExecutionDisabled", params).await;
    }

    /// Returns a picture of the whole page, as PNG.
    pub async fn screenshot(&self) -> Vec<u8> {
        let params = json!({ "format": "png", "captureBeyondViewport": true });
        let picture = self.call("Page.captureScreenshot", params).await;
        STANDARD.decode(picture["data"].as_str().unwrap_or_default()).expect("a picture")
    }

    /// Sets a cookie for an origin.
    pub async fn set_cookie(&self, origin: &str, name: &str, value: &str) {
        let params = json!({ "url": origin, "name": name, "value": value, "httpOnly": true });
        self.call("Network.setCookie", params).await;
    }

    /// Returns the cookies of the page, as the protocol describes them (`name`, `value`, `httpOnly`, …).
    pub async fn cookies(&self) -> Vec<Value> {
        let mut answer = self.call("Network.getCookies", json!({})).await;
        answer["cookies"].as_array_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Returns the defects of the page for people who use a keyboard, a screen reader or a small screen. Each finding
    /// names a rule and an element.
    pub async fn accessibility(&self) -> Vec<String> {
        let found = self.evaluate(accessibility::SCRIPT).await;
        let found = found.as_array().expect("a list").iter();
        found.map(|finding| finding.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Returns the troubles since the last call: errors, failed or refused requests, violations of the policy.
    pub async fn troubles(&mut self) -> Vec<String> {
        // Events are sent before later answers: this answer comes after all of them.
        self.evaluate("0").await;
        self.note_troubles();
        std::mem::take(&mut self.troubles.lock())
    }

    /// Fails if anything went wrong.
    ///
    /// # Panics
    ///
    /// If anything went wrong.
    pub async fn assert_clean(&mut self) {
        let troubles = self.troubles().await;
        assert!(troubles.is_empty(), "{}: {troubles:#?}", self.path().await);
    }

    /// Notes the troubles among the events so far, and forgets the other events.
    fn note_troubles(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            self.troubles.lock().extend(page_troubles::trouble(&event));
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.channel.close(&self.session, &self.context);
    }
}
