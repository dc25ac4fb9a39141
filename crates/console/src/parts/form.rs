//! Forms: fields with label, hint and error, and the content with which a rejected form is shown again.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::Problem;
use crate::parts::layout;

/// The content with which a rejected form is shown again. The default is a form that was not sent yet.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// The entered values, by field. Passwords are never among them.
    pub values: BTreeMap<String, String>,
    /// The errors, by field.
    pub errors: BTreeMap<String, String>,
    /// The problem of the form as a whole.
    pub problem: Option<Problem>,
}

impl Form {
    /// Creates a form that was rejected as a whole.
    pub fn from_problem(problem: Problem) -> Self {
        Self { problem: Some(problem), ..Self::default() }
    }

    /// Returns the same form with the entered value of a field.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<String>) -> Self {
        self.values.insert(field.to_owned(), value.into());
        self
    }

    /// Returns the same form with the error of a field.
    #[must_use]
    pub fn with_error(mut self, field: &str, error: impl Into<String>) -> Self {
        self.errors.insert(field.to_owned(), error.into());
        self
    }

    /// Returns whether it was rejected.
    pub fn is_refused(&self) -> bool {
        self.problem.is_some() || !self.errors.is_empty()
    }

    pub(crate) fn value(&self, field: &str) -> &str {
        self.values.get(field).map_or("", String::as_str)
    }

    pub(crate) fn summary(&self) -> Markup {
        html! { @if let Some(problem) = &self.problem { (layout::problem(problem)) } }
    }
}

/// The hidden field that proves that a form is ours.
pub(crate) fn csrf(token: &str) -> Markup {
    html! { input type="hidden" name="csrf" value=(token); }
}

/// A field for text.
#[derive(Clone, Copy)]
pub(crate) struct Field<'a> {
    /// Unique on the page.
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) label: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) hint: &'a str,
    pub(crate) autocomplete: &'a str,
    pub(crate) max: u16,
    pub(crate) is_required: bool,
}

impl<'a> Field<'a> {
    /// Returns a field for a line of text; it must be filled.
    pub(crate) const fn text(id: &'a str, name: &'a str, label: &'a str) -> Self {
        Self {
            id,
            name,
            label,
            kind: "text",
            hint: "",
            autocomplete: "off",
            max: 100,
            is_required: true,
        }
    }

    /// Returns a field for an email address.
    pub(crate) const fn email(id: &'a str, label: &'a str) -> Self {
        Self { kind: "email", max: 254, ..Self::text(id, "email", label) }
    }

    /// Returns a field for a password: one that exists, or a new one.
    pub(crate) const fn password(id: &'a str, name: &'a str, label: &'a str, is_new: bool) -> Self {
        let autocomplete = if is_new { "new-password" } else { "current-password" };
        Self { kind: "password", max: 256, autocomplete, ..Self::text(id, name, label) }
    }

    pub(crate) const fn hint(self, hint: &'a str) -> Self {
        Self { hint, ..self }
    }

    pub(crate) const fn autocomplete(self, autocomplete: &'a str) -> Self {
        Self { autocomplete, ..self }
    }

    pub(crate) const fn optional(self) -> Self {
        Self { is_required: false, ..self }
    }

    pub(crate) const fn max(self, max: u16) -> Self {
        Self { max, ..self }
    }

    /// Returns the field with its entered value and its error.
    pub(crate) fn show(self, form: &Form) -> Markup {
        let Self { id, name, label, kind, hint, autocomplete, max, is_required } = self;
        let error = form.errors.get(name);
        let described = described(id, hint, error.is_some());
        let value =
            (kind != "password").then(|| form.value(name)).filter(|value| !value.is_empty());
        html! {
            div.field {
                label for=(id) { (label) @if !is_required { span.muted { " (optional)" } } }
                input id=(id) name=(name) type=(kind) value=[value] autocomplete=(autocomplete) maxlength=(max)
                    autocapitalize=[(kind == "email").then_some("none")] spellcheck="false"
                    required[is_required] aria-invalid=[error.map(|_| "true")] aria-describedby=[described];
                @if !hint.is_empty() { p.hint id={ (id) "-hint" } { (hint) } }
                @if let Some(error) = error { p.error id={ (id) "-error" } { (error) } }
            }
        }
    }
}

fn described(id: &str, hint: &str, is_wrong: bool) -> Option<String> {
    let hint = (!hint.is_empty()).then(|| format!("{id}-hint"));
    let error = is_wrong.then(|| format!("{id}-error"));
    let ids: Vec<_> = error.into_iter().chain(hint).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// Returns a choice between values with their labels.
pub(crate) fn select(
    id: &str,
    name: &str,
    label: &str,
    options: &[(&str, &str)],
    chosen: &str,
) -> Markup {
    html! {
        div.field {
            label for=(id) { (label) }
            select id=(id) name=(name) {
                @for (value, label) in options { option value=(value) selected[*value == chosen] { (label) } }
            }
        }
    }
}

/// Returns a form of one button that asks before it destroys something. `label` names what it acts on.
pub(crate) fn destructive(
    action: &str,
    token: &str,
    text: &str,
    label: &str,
    question: &str,
) -> Markup {
    html! {
        form method="post" action=(action) data-confirm=(question) {
            (csrf(token))
            button.button.danger.small type="submit" aria-label=(label) { (text) }
        }
    }
}
