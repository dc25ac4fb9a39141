//! The form in which Coolify gets a value, so that the app gets it unchanged.

use covibe_coolify::{Alteration, Env, EnvForm, EnvWrite, alterations, exact_form};
use covibe_domain::Failure;
use covibe_domain::interpreted_variables::is_json;
use covibe_policy::quoted_variable;

use super::errors::{describe_alterations, undeliverable_value};
use super::variable_input::EnvInput;

/// The form of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) is_literal: bool,
    pub(super) is_multiline: bool,
}

impl Form {
    const PLAIN: Self = Self { is_literal: false, is_multiline: false };

    /// Returns the form that the call chooses, where it does; otherwise the current one if it delivers
    /// the value unchanged, or one that does.
    ///
    /// # Errors
    ///
    /// Rejected if no form delivers the value, and the call chooses none.
    pub(super) fn choose_form(env: &EnvInput, old: Option<&Env>) -> Result<Self, Failure> {
        let EnvInput { key, value, .. } = env;
        let present = old.map_or(Self::PLAIN, |old| Self {
            is_literal: old.is_literal,
            is_multiline: old.is_multiline,
        });
        if env.chooses_form() {
            return Ok(present.with_choices_of(env));
        }
        let present = Self { is_multiline: present.is_multiline || env.has_lines(), ..present };
        let delivers = |form: EnvForm| alterations(value, form).is_empty();
        if old.is_some()
            && delivers(present.env_form())
            && !(present.is_quoted() && would_end_quotation(value))
        {
            return Ok(present);
        }
        match exact_form(value) {
            Some(EnvForm::Plain) => Ok(Self::PLAIN),
            Some(EnvForm::Quoted) => Ok(Self::new_quoted(env.has_lines())),
            None => Err(undeliverable_value(key, value, nearest(key, value))),
        }
    }

    /// Returns the form that the call chooses; what it leaves out follows from that and the value.
    fn with_choices_of(self, env: &EnvInput) -> Self {
        if is_json_with_quote(&env.value) {
            // Coolify writes JSON in the same way in every form.
            return Self::PLAIN;
        }
        let needs_quotes = || exact_form(&env.value) == Some(EnvForm::Quoted);
        // Quotes would keep the variables in it from being replaced.
        let is_multiline = self.is_multiline && env.is_literal != Some(false);
        Self {
            is_literal: env.is_literal.unwrap_or_else(|| self.is_literal || needs_quotes()),
            is_multiline: env.has_lines() || env.is_multiline.unwrap_or(is_multiline),
        }
    }

    fn new_quoted(has_lines: bool) -> Self {
        Self { is_literal: !has_lines, is_multiline: has_lines }
    }

    /// Returns whether Coolify writes a value of this form between quotes, unless it is JSON.
    pub(super) fn is_quoted(self) -> bool {
        self.is_literal || self.is_multiline
    }

    /// Returns how Coolify writes a value of this form.
    fn env_form(self) -> EnvForm {
        if self.is_quoted() { EnvForm::Quoted } else { EnvForm::Plain }
    }
}

/// Returns whether a value is JSON that may not stand between quotes.
fn is_json_with_quote(value: &str) -> bool {
    would_end_quotation(value) && is_json(value.trim())
}

/// Returns whether a value would end its quotation.
fn would_end_quotation(value: &str) -> bool {
    value.contains('\'')
}

/// Returns the form in which a call may set a value that no form delivers unchanged.
fn nearest(key: &str, value: &str) -> Option<EnvForm> {
    if is_json_with_quote(value) || quoted_variable(key, value).is_ok() {
        return Some(EnvForm::Quoted);
    }
    if value.contains(['\n', '\r']) {
        return None;
    }
    let plain = alterations(value, EnvForm::Plain);
    let loses = [Alteration::Expanded, Alteration::Cut, Alteration::Broken];
    (!loses.iter().any(|it| plain.contains(it))).then_some(EnvForm::Plain)
}

/// Returns a warning about the variables whose values the app gets changed, because the call chose
/// their form. It contains no values.
pub(super) fn changed_values(writes: &[EnvWrite]) -> Option<String> {
    let sentence = |write: &EnvWrite| {
        let EnvWrite { is_literal, is_multiline, .. } = *write;
        let form = Form { is_literal, is_multiline }.env_form();
        let found = alterations(write.value.expose(), form);
        (!found.is_empty() && !write.is_preview).then(|| {
            format!("{} does not arrive unchanged: it {}.", write.key, describe_alterations(&found))
        })
    };
    let sentences: Vec<_> = writes.iter().filter_map(sentence).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}
