//! Random texts.

/// Returns lowercase letters and digits.
pub(crate) fn lowercase_alphanumeric(length: usize) -> String {
    std::iter::repeat_with(|| fastrand::digit(36)).take(length).collect()
}

/// Returns letters and digits.
pub(crate) fn alphanumeric(length: usize) -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(length).collect()
}

/// Returns hexadecimal digits, the letters in lower case.
pub(crate) fn hex(length: usize) -> String {
    std::iter::repeat_with(|| fastrand::digit(16)).take(length).collect()
}
