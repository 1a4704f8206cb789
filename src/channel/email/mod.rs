//! Telling by mail: settings, the letter as bytes, and one SMTP connection owned by one worker.

pub mod letter;
pub mod relay;
pub mod reply;
pub mod settings;
mod stuffing;
pub mod unsubscribe;
pub mod wire;

pub use lettre::message::Mailbox;
pub use settings::{InvalidSmtpUrl, MailSettings, SmtpTls, SmtpUrl};

#[cfg(test)]
mod scripted;
#[cfg(test)]
mod wire_stall_tests;
#[cfg(test)]
mod wire_tests;
#[cfg(test)]
mod wire_tls_tests;
