//! The form in which a variable's value reaches a container unchanged.
//!
//! Coolify writes the variables into a file `.env`, which Docker Compose reads (seen with Coolify
//! 4.3.11 and Docker Compose 2.40). An object or array in JSON stands there as it is. Any other value
//! stands between single quotes if the variable is literal or has several lines; otherwise without
//! quotes, and Docker Compose replaces variables in it. Coolify trims every value first.

use covibe_domain::interpreted_variables::is_json;

/// The form in which Coolify writes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnvForm {
    /// Without quotes: neither literal nor with several lines.
    Plain,
    /// Between single quotes.
    Quoted,
}

/// A change to a value on its way to the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alteration {
    /// Blanks and line breaks at its ends are removed.
    Trimmed,
    /// A backslash is put before each quote and backslash.
    Escaped,
    /// A tab becomes `\t`, a carriage return `\r`.
    Spelled,
    /// `$NAME` and `${NAME}` are replaced, `$$` becomes `$`.
    Expanded,
    /// Everything from ` #` on is removed.
    Cut,
    /// Lines end with a line feed alone.
    Unified,
    /// It ends its quotation or its line early, so that the rest is misread.
    Broken,
}

impl Alteration {
    /// Describes it, as the end of a sentence whose subject is the value.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Trimmed => "loses the blanks and line breaks at its ends",
            Self::Escaped => "gets a backslash before each ' \" and \\",
            Self::Spelled => "gets \\t for each tab and \\r for each carriage return",
            Self::Expanded => {
                "has $NAME and ${NAME} replaced by variables of the deployment, or by nothing"
            }
            Self::Cut => "ends before the first # that follows a blank",
            Self::Unified => "gets line feeds for line ends with carriage returns",
            Self::Broken => "ends early, at a ' or at a line break, or does not end at a final \\",
        }
    }
}

/// Returns the form in which a value arrives unchanged; `None` if no form delivers it. Plain is
/// preferred, unless the value has a backtick, on which a shell of the build would act. JSON with a
/// `'` is plain: should Coolify take it for other text, it would end its quotation.
pub fn exact_form(value: &str) -> Option<EnvForm> {
    let mut forms = [EnvForm::Plain, EnvForm::Quoted];
    if value.contains('`') && !value.contains('\'') {
        forms.reverse();
    }
    forms.into_iter().find(|form| alterations(value, *form).is_empty())
}

/// Returns the changes to a value in this form; empty if it arrives unchanged.
pub fn alterations(value: &str, form: EnvForm) -> Vec<Alteration> {
    let trimmed = value.trim_matches(is_trimmed);
    let is_unquoted = form == EnvForm::Plain || is_json(trimmed);
    let mut found = Vec::new();
    let mut add = |applies: bool, alteration| found.extend(applies.then_some(alteration));
    add(trimmed != value, Alteration::Trimmed);
    add(trimmed.contains("\r\n"), Alteration::Unified);
    if is_unquoted {
        add(trimmed.contains('$'), Alteration::Expanded);
        add(trimmed.contains(" #"), Alteration::Cut);
        add(trimmed.contains(['\n', '\0']), Alteration::Broken);
        if !is_json(trimmed) {
            add(trimmed.contains(['\'', '"', '\\']), Alteration::Escaped);
            add(trimmed.contains(['\t', '\r']), Alteration::Spelled);
        }
    } else {
        let ends_early = trimmed.contains(['\'', '\0']) || trimmed.ends_with('\\');
        add(ends_early, Alteration::Broken);
    }
    found
}

/// Returns whether Coolify removes the character from the ends of a value (Laravel's `TrimStrings`,
/// PHP's `trim`).
fn is_trimmed(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\0' | '\u{feff}' | '\u{200b}' | '\u{200e}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_without_special_characters_get_the_plain_form() {
        for value in ["", "production", "100%", "ä€", "a#b", "{\"a\": \"it's\"}", "[1]", "x=y"] {
            assert_eq!(exact_form(value), Some(EnvForm::Plain), "{value}");
        }
    }

    #[test]
    fn values_with_special_characters_get_the_quoted_form() {
        for value in ["say \"hi\"", "a`b", "a #b", "back\\slash", "p$ss", "$1", "a\tb", "a\nb"] {
            assert_eq!(exact_form(value), Some(EnvForm::Quoted), "{value}");
        }
    }

    #[test]
    fn values_that_every_form_would_alter_have_no_exact_form() {
        for value in [
            "it's",
            " x",
            "x\n",
            "a\u{a0}",
            "\u{feff}a",
            "x\\",
            "a\r\nb",
            "{\"a\": \"$b\"}",
            "[\"a #b\"]",
        ] {
            assert_eq!(exact_form(value), None, "{value}");
        }
    }

    #[test]
    fn each_alteration_of_a_value_is_reported_by_its_kind() {
        for (value, alteration) in [
            ("it's", Alteration::Escaped),
            ("say \"hi\"", Alteration::Escaped),
            ("back\\slash", Alteration::Escaped),
            ("a #b", Alteration::Cut),
            ("p$ss", Alteration::Expanded),
            ("a\tb", Alteration::Spelled),
            (" x ", Alteration::Trimmed),
            ("a\nb", Alteration::Broken),
        ] {
            assert_eq!(alterations(value, EnvForm::Plain), [alteration], "{value}");
        }
        assert_eq!(alterations("it's", EnvForm::Quoted), [Alteration::Broken]);
    }
}
