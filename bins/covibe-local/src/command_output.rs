//! The output of commands.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "commands print to the terminal")]

use std::sync::Mutex;

use covibe_companion::progress_output::Reporter;
use covibe_companion::{Exit, Problem};
use serde_json::{Map, Value, json};

/// Prints lines as they come, or collects them for one JSON object.
#[derive(Debug)]
pub(crate) struct Output {
    is_json: bool,
    is_quiet: bool,
    collected: Mutex<Map<String, Value>>,
}

impl Output {
    pub(crate) fn new(is_json: bool, is_quiet: bool) -> Self {
        Self { is_json, is_quiet, collected: Mutex::default() }
    }

    /// Prints a result: a text for people, a member of the object otherwise.
    pub(crate) fn result(&self, name: &str, value: impl Into<Value>, text: &str) {
        if self.is_json {
            self.lock_collected().insert(name.to_owned(), value.into());
        } else {
            println!("{text}");
        }
    }

    /// Prints sentences about what was done.
    pub(crate) fn lines(&self, lines: &[String]) {
        for line in lines {
            self.line(line);
        }
    }

    /// Prints the error, or the object.
    pub(crate) fn finish(&self, problem: Option<&Problem>, exit: Exit) {
        if !self.is_json {
            if let Some(problem) = problem.filter(|problem| !problem.message.is_empty()) {
                error(problem);
            }
            return;
        }
        let mut object = self.lock_collected();
        object.insert("ok".to_owned(), json!(exit == Exit::Success));
        if let Some(problem) = problem {
            let told = json!({ "message": problem.message, "hint": problem.hint });
            object.insert("error".to_owned(), told);
        }
        println!("{}", Value::Object(object.clone()));
    }

    fn collect(&self, name: &str, text: &str) {
        let mut collected = self.lock_collected();
        let list = collected.entry(name.to_owned()).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(text.into());
        }
    }

    fn lock_collected(&self) -> std::sync::MutexGuard<'_, Map<String, Value>> {
        self.collected.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Reporter for Output {
    fn line(&self, text: &str) {
        if self.is_json {
            self.collect("lines", text);
        } else if !self.is_quiet {
            println!("{text}");
        }
    }

    fn warn(&self, text: &str) {
        if self.is_json {
            self.collect("warnings", text);
        } else {
            eprintln!("warning: {text}");
        }
    }
}

/// Prints an error.
pub(crate) fn error(problem: &Problem) {
    eprintln!("error: {problem}");
}

/// Prints a remark of a command whose output a program reads.
pub(crate) fn remark(text: &str) {
    eprintln!("{text}");
}

/// Prints a text that a program reads.
pub(crate) fn raw(text: &str) {
    println!("{text}");
}
