//! `?readonly=1`: an MCP URL that restricts every call to reading.

use actix_web::web::Query;
use covibe_domain::Failure;
use covibe_domain::names::displayable;

const PARAMETER: &str = "readonly";

/// Returns whether a query string restricts the calls to reading. No value widens the rights of a
/// key.
///
/// # Errors
///
/// Invalid for a value that is not a boolean, because a misspelled restriction must not be ignored.
pub(super) fn is_read_only(query: &str) -> Result<bool, Failure> {
    let parameters = Query::<Vec<(String, String)>>::from_query(query)
        .map_err(|_| Failure::invalid("The query string is malformed.").hint(FORM))?;
    let mut narrowed = false;
    for (_, value) in parameters.iter().filter(|(name, _)| is_the_parameter(name)) {
        narrowed |= match value.as_str() {
            "1" | "true" | "" => true,
            "0" | "false" => false,
            other => {
                let shown = displayable(other, 32);
                let message = format!("readonly must be 1 or 0, not `{shown}`.");
                return Err(Failure::invalid(message).hint(FORM));
            }
        };
    }
    Ok(narrowed)
}

/// Returns whether this is the name, in any case, with separators, or after an `&` that was escaped
/// for HTML.
fn is_the_parameter(name: &str) -> bool {
    let name: String = name.trim_start_matches("amp;").replace(['-', '_'], "");
    name.eq_ignore_ascii_case(PARAMETER)
}

const FORM: &str = "Use /api/mcp?readonly=1 for a URL that only reads, else /api/mcp.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_true_readonly_parameter_makes_a_request_read_only() {
        for (query, expected) in [
            ("", Some(false)),
            ("readonly=1", Some(true)),
            ("readonly=true&x=y", Some(true)),
            ("readonly", Some(true)),
            ("readonly=0", Some(false)),
            ("readonly=1&readonly=0", Some(true)),
            ("readonly=0&readonly=1", Some(true)),
            ("read%6Fnly=1", Some(true)),
            ("readOnly=true", Some(true)),
            ("read_only=1", Some(true)),
            ("x=1&amp;readonly=1", Some(true)),
            ("readonly=yes", None),
            ("readonly=1%00", None),
        ] {
            assert_eq!(is_read_only(query).ok(), expected, "{query}");
        }
    }
}
