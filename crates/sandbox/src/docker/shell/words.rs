//! Reading a command line: words with their quotes, and what stands between commands.

use std::iter::Peekable;
use std::str::Chars;

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    /// The value of a variable, and whether it is quoted, so that it stays one word.
    Variable(String, bool),
}

/// What a command line consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(Vec<Part>),
    /// `;`, `&&`, `||` or `|`; a newline is a `;`.
    Operator(&'static str),
    /// A redirection of a stream: of which, and to which; none for nowhere.
    Redirect(u8, Option<u8>),
}

/// Why a command line is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// A quote is not closed.
    Unterminated,
    /// The text at which the reader gave up.
    Text(String),
}

/// Reads a command line.
pub(super) fn read(text: &str) -> Result<Vec<Token>, Unknown> {
    let mut reader = Reader { rest: text.chars().peekable(), tokens: Vec::new() };
    while reader.next_token()? {}
    Ok(reader.tokens)
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    tokens: Vec<Token>,
}

impl Reader<'_> {
    fn take(&mut self, wanted: char) -> bool {
        self.rest.next_if_eq(&wanted).is_some()
    }

    fn next_token(&mut self) -> Result<bool, Unknown> {
        let Some(c) = self.rest.peek().copied() else { return Ok(false) };
        match c {
            ' ' | '\t' | '\r' => drop(self.rest.next()),
            '\n' | ';' => self.operator(";"),
            '#' => while self.rest.next_if(|c| *c != '\n').is_some() {},
            '&' => {
                self.rest.next();
                match self.rest.peek() {
                    Some('&') => self.operator("&&"),
                    _ => return Err(Unknown::Text("&".to_owned())),
                }
            }
            '|' => {
                self.rest.next();
                if self.rest.peek() == Some(&'|') {
                    self.operator("||");
                } else {
                    self.tokens.push(Token::Operator("|"));
                }
            }
            '>' => self.redirect(1)?,
            '(' | ')' | '<' | '`' | '{' | '}' => return Err(Unknown::Text(c.to_string())),
            _ => self.word()?,
        }
        Ok(true)
    }

    fn operator(&mut self, operator: &'static str) {
        self.rest.next();
        self.tokens.push(Token::Operator(operator));
    }

    /// Reads a redirection after its stream's number.
    fn redirect(&mut self, from: u8) -> Result<(), Unknown> {
        self.rest.next();
        let to = if self.take('&') {
            match self.rest.next() {
                Some('1') => Some(1),
                Some('2') => Some(2),
                _ => return Err(Unknown::Text(">&".to_owned())),
            }
        } else {
            while self.rest.next_if_eq(&' ').is_some() {}
            let is_of_path = |c: &char| !c.is_whitespace() && !";&|".contains(*c);
            let path: String = std::iter::from_fn(|| self.rest.next_if(is_of_path)).collect();
            if path != "/dev/null" {
                return Err(Unknown::Text(format!("> {path}")));
            }
            None
        };
        self.tokens.push(Token::Redirect(from, to));
        Ok(())
    }

    fn word(&mut self) -> Result<(), Unknown> {
        let mut parts = Vec::new();
        while let Some(c) = self.rest.peek().copied() {
            match c {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '<' | '(' | ')' => break,
                '>' => {
                    if let [Part::Text(number)] = parts.as_slice()
                        && let Ok(from @ (1 | 2)) = number.parse()
                    {
                        return self.redirect(from);
                    }
                    break;
                }
                '\'' => parts.push(Part::Text(self.single_quoted()?)),
                '"' => self.double_quoted(&mut parts)?,
                '$' => parts.push(self.variable(false)?),
                '`' => return Err(Unknown::Text("`".to_owned())),
                '\\' => {
                    self.rest.next();
                    match self.rest.next() {
                        // A line goes on.
                        Some('\n') | None => {}
                        Some(c) => push(&mut parts, c),
                    }
                }
                _ => {
                    self.rest.next();
                    push(&mut parts, c);
                }
            }
        }
        self.tokens.push(Token::Word(parts));
        Ok(())
    }

    fn single_quoted(&mut self) -> Result<String, Unknown> {
        self.rest.next();
        let text = std::iter::from_fn(|| self.rest.next_if(|c| *c != '\'')).collect();
        if self.take('\'') { Ok(text) } else { Err(Unknown::Unterminated) }
    }

    fn double_quoted(&mut self, parts: &mut Vec<Part>) -> Result<(), Unknown> {
        self.rest.next();
        parts.push(Part::Text(String::new()));
        loop {
            match self.rest.peek().copied() {
                None => return Err(Unknown::Unterminated),
                Some('"') => {
                    self.rest.next();
                    // What follows the quotes is a part of its own, so that `"$A"b` has two.
                    parts.push(Part::Text(String::new()));
                    return Ok(());
                }
                Some('$') => parts.push(self.variable(true)?),
                Some('`') => return Err(Unknown::Text("`".to_owned())),
                Some('\\') => {
                    self.rest.next();
                    match self.rest.next() {
                        Some('\n') => {}
                        Some(c @ ('"' | '\\' | '$' | '`')) => push(parts, c),
                        Some(c) => {
                            push(parts, '\\');
                            push(parts, c);
                        }
                        None => return Err(Unknown::Unterminated),
                    }
                }
                Some(c) => {
                    self.rest.next();
                    push(parts, c);
                }
            }
        }
    }

    fn variable(&mut self, is_quoted: bool) -> Result<Part, Unknown> {
        self.rest.next();
        let is_of_name = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
        if self.take('{') {
            let name: String = std::iter::from_fn(|| self.rest.next_if(is_of_name)).collect();
            let is_plain = self.take('}') && !name.is_empty();
            return if is_plain {
                Ok(Part::Variable(name, is_quoted))
            } else {
                Err(Unknown::Text("${".to_owned()))
            };
        }
        if self.rest.peek() == Some(&'(') {
            return Err(Unknown::Text("$(".to_owned()));
        }
        if self.take('?') {
            return Ok(Part::Variable("?".to_owned(), is_quoted));
        }
        let name: String = std::iter::from_fn(|| self.rest.next_if(is_of_name)).collect();
        Ok(if name.is_empty() {
            Part::Text("$".to_owned())
        } else {
            Part::Variable(name, is_quoted)
        })
    }
}

fn push(parts: &mut Vec<Part>, c: char) {
    if let Some(Part::Text(text)) = parts.last_mut() {
        text.push(c);
    } else {
        parts.push(Part::Text(c.to_string()));
    }
}
