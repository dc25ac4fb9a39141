//! The answer to a command, as far as every answer has the same shape.

use crate::xml::{self, Assoc, Ops};
use covibe_domain::Money;

/// An answer. It has no `Debug`: texts of OpenSRS and personal data stay in here.
pub(crate) struct Reply {
    /// `response_code`.
    pub(crate) code: u16,
    /// `is_success`; for a lookup it is set even if the domain is taken.
    pub(crate) is_success: bool,
    /// `response_text`, which is compared and never shown.
    pub(crate) text: String,
    /// `attributes`; empty where there are none.
    pub(crate) attributes: Assoc,
}

impl Reply {
    /// Reads an envelope; `None` if it is not an answer of OpenSRS.
    pub(crate) fn read(document: &str) -> Option<Self> {
        let Ops::Assoc(mut whole) = xml::read(document)? else { return None };
        let text = |name: &str| whole.get(name).and_then(Ops::text).map(str::trim);
        let is_reply = text("action")?.eq_ignore_ascii_case("reply");
        if !is_reply || text("protocol")? != "XCP" {
            return None;
        }
        let is_success = switch(text("is_success")?)?;
        let code = text("response_code")?.parse().ok()?;
        let text = text("response_text").unwrap_or_default().to_owned();
        let attributes = match whole.remove("attributes") {
            Some(Ops::Assoc(attributes)) => attributes,
            Some(Ops::Scalar(text)) if text.trim().is_empty() => Assoc::new(),
            None => Assoc::new(),
            Some(_) => return None,
        };
        Some(Self { code, is_success, text, attributes })
    }

    /// Returns an attribute's text without surrounding blanks; `None` when it is empty or absent.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        text_of(&self.attributes, name)
    }

    /// Returns an attribute that is a switch; `None` if it is absent or not a switch.
    pub(crate) fn switch(&self, name: &str) -> Option<bool> {
        self.attribute(name).and_then(switch)
    }

    /// Returns an attribute that is an amount.
    pub(crate) fn money(&self, name: &str) -> Option<Money> {
        self.attribute(name).and_then(Money::parse)
    }

    /// Returns the items of an attribute that is a list; `None` if it is absent.
    pub(crate) fn list(&self, name: &str) -> Option<&[Ops]> {
        self.attributes.get(name).map_or(Some(&[]), Ops::items)
    }
}

/// Returns a member's text without surrounding blanks; `None` when it is empty or absent.
pub(crate) fn text_of<'a>(map: &'a Assoc, name: &str) -> Option<&'a str> {
    map.get(name).and_then(Ops::text).map(str::trim).filter(|text| !text.is_empty())
}

/// Reads a switch; OpenSRS writes them as digits or as letters.
pub(crate) fn switch(text: &str) -> Option<bool> {
    match text {
        "1" | "Y" | "y" => Some(true),
        "0" | "N" | "n" => Some(false),
        _ => None,
    }
}
