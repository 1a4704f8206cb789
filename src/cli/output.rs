//! The only place that prints: data on stdout, talk on stderr.

use std::fmt::Display;
use std::io::Write;

use serde::Serialize;

/// Where a command's words go.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    json: bool,
}

impl Output {
    #[must_use]
    pub const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether data is wanted as JSON.
    #[must_use]
    pub const fn is_json(self) -> bool {
        self.json
    }

    /// One line of data. A reader that went away is no error of ours.
    pub fn print(self, line: &dyn Display) {
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    }

    /// Data as text, already ended by its own line break.
    pub fn print_raw(self, text: &str) {
        let _ = std::io::stdout().lock().write_all(text.as_bytes());
    }

    /// One JSON value on one line.
    pub fn print_json(self, value: &impl Serialize) {
        match serde_json::to_string(value) {
            Ok(line) => self.print(&line),
            Err(error) => self.say(&format!("error: {error}")),
        }
    }

    /// JSON when it is wanted, the plain line otherwise.
    pub fn tell(self, value: &impl Serialize, plain: &dyn Display) {
        if self.json {
            self.print_json(value);
        } else {
            self.print(plain);
        }
    }

    /// Talk: progress, warnings, reasons.
    pub fn say(self, line: &dyn Display) {
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    }

    /// Why it failed.
    pub fn fail(self, reason: &dyn Display) {
        self.say(&format!("error: {reason}"));
    }
}
