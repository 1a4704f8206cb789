//! A letter: what every copy of one event's mail in one language shares, encoded once, and the few lines
//! that differ per recipient. Part of stop 9 of the journey.
//!
//! Bodies are quoted-printable, so that every byte on the wire is 7-bit; the recipient's unsubscribe token is
//! written over a placeholder of the same length after encoding, so that a retry sends the same bytes.

use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::header::{
    From, HeaderName, HeaderValue, Headers, MimeVersion, ReplyTo, Subject,
};
use lettre::message::{Body, Mailbox, MultiPart, MultiPartKind, SinglePart};

use crate::domain::timestamp::Timestamp;

/// Stands for the recipient's unsubscribe token in rendered bodies: `1.<id>.<code>`, 37 characters.
pub const TOKEN_PLACEHOLDER: &str = "1.000000000000.UNSUBSCRIBE-LINK-TOKEN";

/// What a letter says, in words; both bodies carry [`TOKEN_PLACEHOLDER`] where the token goes.
pub struct Words<'a> {
    pub subject: &'a str,
    pub text: &'a str,
    pub html: &'a str,
}

/// Who sends it and how mail programs should treat it.
pub struct Sheet<'a> {
    pub from: &'a Mailbox,
    pub reply_to: Option<&'a Mailbox>,
    /// The local part of a Message-ID no mail ever had: mail programs thread an incident's mails under it.
    pub thread: Option<&'a str>,
    /// A name for the list, on bulk mail; absent on personal mail.
    pub list: Option<&'a str>,
    /// Unique per event and language, and the same on every retry.
    pub boundary: &'a str,
}

/// What differs per recipient.
pub struct Copy<'a> {
    pub to: &'a str,
    /// The local part of the Message-ID; the same on every retry.
    pub id: &'a str,
    /// When the delivery was made; the same on every retry.
    pub date: Timestamp,
    /// Absolute URL that ends with the token; absent on mail to staff.
    pub unsubscribe: Option<&'a str>,
    /// Written over the placeholder when it has its length.
    pub token: &'a str,
}

/// The words cannot travel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    #[error("the {0} holds a lone CR, a lone LF or a NUL")]
    LoneControl(&'static str),
    #[error("header `{0}` cannot be written")]
    Header(&'static str),
}

/// An encoded letter without its recipient.
pub struct Letter {
    domain: String,
    head: Vec<u8>,
    /// Begins with the multipart's Content-Type header.
    body: Vec<u8>,
    /// Where the characters of each placeholder went; soft breaks may lie between them.
    places: Vec<Vec<usize>>,
}

impl Letter {
    /// # Errors
    /// [`LetterError`] when the words hold what could end a line or a message early.
    pub fn encode(sheet: &Sheet<'_>, words: &Words<'_>) -> Result<Self, LetterError> {
        let domain = sheet.from.email.domain().to_owned();
        let head = head(sheet, words.subject, &domain)?;
        let part = |name, text, kind| {
            let lines = crlf(text).ok_or(LetterError::LoneControl(name))?;
            let body = Body::new_with_encoding(lines, ContentTransferEncoding::QuotedPrintable)
                .map_err(|_| LetterError::LoneControl(name))?;
            Ok(SinglePart::builder().content_type(kind).body(body))
        };
        let body = MultiPart::builder()
            .kind(MultiPartKind::Alternative)
            .boundary(sheet.boundary)
            .singlepart(part("text", words.text, ContentType::TEXT_PLAIN)?)
            .singlepart(part("HTML", words.html, ContentType::TEXT_HTML)?)
            .formatted();
        let places = placeholders(&body);
        Ok(Self {
            domain,
            head,
            body,
            places,
        })
    }

    /// One recipient's mail: headers and body in CRLF lines, ready for the wire.
    #[must_use]
    pub fn address(&self, copy: &Copy<'_>) -> Vec<u8> {
        let mut mail = Vec::with_capacity(self.head.len() + self.body.len() + 700);
        let date = copy.date.in_zone(&jiff::tz::TimeZone::UTC);
        let date = date.strftime("%a, %d %b %Y %H:%M:%S +0000");
        let (to, id, domain) = (copy.to, copy.id, &self.domain);
        mail.extend_from_slice(
            format!("Date: {date}\r\nTo: {to}\r\nMessage-ID: <{id}@{domain}>\r\n").as_bytes(),
        );
        if let Some(url) = copy.unsubscribe {
            mail.extend_from_slice(b"List-Unsubscribe: <");
            mail.extend_from_slice(url.as_bytes());
            mail.extend_from_slice(b">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
        }
        mail.extend_from_slice(&self.head);
        let start = mail.len();
        mail.extend_from_slice(&self.body);
        if copy.token.len() == TOKEN_PLACEHOLDER.len() {
            for place in &self.places {
                for (at, byte) in place.iter().zip(copy.token.bytes()) {
                    if let Some(slot) = mail.get_mut(start + at) {
                        *slot = byte;
                    }
                }
            }
        }
        mail
    }
}

fn head(sheet: &Sheet<'_>, subject: &str, domain: &str) -> Result<Vec<u8>, LetterError> {
    if subject.chars().any(char::is_control) {
        return Err(LetterError::LoneControl("subject"));
    }
    let mut headers = Headers::new();
    headers.set(From::from(lettre::message::Mailboxes::from(
        sheet.from.clone(),
    )));
    if let Some(mailbox) = sheet.reply_to {
        headers.set(ReplyTo::from(lettre::message::Mailboxes::from(
            mailbox.clone(),
        )));
    }
    headers.set(Subject::from(subject.to_owned()));
    if let Some(thread) = sheet.thread {
        for name in ["In-Reply-To", "References"] {
            insert(&mut headers, name, format!("<{thread}@{domain}>"))?;
        }
    }
    if let Some(list) = sheet.list {
        insert(
            &mut headers,
            "List-Id",
            format!("{} <updates.{domain}>", phrase(list)),
        )?;
        insert(&mut headers, "Precedence", "bulk".to_owned())?;
    }
    insert(&mut headers, "Auto-Submitted", "auto-generated".to_owned())?;
    insert(&mut headers, "X-Auto-Response-Suppress", "All".to_owned())?;
    headers.set(MimeVersion::new(1, 0));
    Ok(headers.to_string().into_bytes())
}

fn insert(headers: &mut Headers, name: &'static str, value: String) -> Result<(), LetterError> {
    let header =
        HeaderName::new_from_ascii(name.to_owned()).map_err(|_| LetterError::Header(name))?;
    headers.insert_raw(HeaderValue::new(header, value));
    Ok(())
}

/// A list's name without the characters that mean something in a header.
fn phrase(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_control() && !"<>()[]@,;:\\\"".contains(*c))
        .collect()
}

/// The text in CRLF lines; `None` when a lone CR or a NUL is in it.
fn crlf(text: &str) -> Option<String> {
    let lines = text.replace("\r\n", "\n");
    (!lines.contains(['\r', '\0'])).then(|| lines.replace('\n', "\r\n"))
}

/// Positions of the characters of every placeholder, seen through quoted-printable soft breaks.
fn placeholders(encoded: &[u8]) -> Vec<Vec<usize>> {
    let mut places = Vec::new();
    let wanted = TOKEN_PLACEHOLDER.as_bytes();
    for start in memchr::memchr_iter(b'1', encoded) {
        let (mut at, mut place) = (start, Vec::with_capacity(wanted.len()));
        for byte in wanted {
            if encoded.get(at..at + 3) == Some(b"=\r\n") {
                at += 3;
            }
            if encoded.get(at) != Some(byte) {
                break;
            }
            place.push(at);
            at += 1;
        }
        if place.len() == wanted.len() {
            places.push(place);
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "1.abcdefghijkl.ABCDEFGHIJKLMNOPQRSTUV";

    fn letter(subject: &str, text: &str, html: &str) -> Result<Letter, LetterError> {
        let from = "Example Status <status@status.example.com>"
            .parse()
            .unwrap();
        let sheet = Sheet {
            from: &from,
            reply_to: None,
            thread: Some("inc_abc"),
            list: Some("Example, Inc"),
            boundary: "e.1a.en",
        };
        Letter::encode(
            &sheet,
            &Words {
                subject,
                text,
                html,
            },
        )
    }

    fn addressed(letter: &Letter) -> String {
        let url = format!("https://s.example/unsubscribe/{TOKEN}");
        let copy = Copy {
            to: "ada@example.net",
            id: "d.1z.mac",
            date: Timestamp::parse("2026-01-01T00:10:00Z").unwrap(),
            unsubscribe: Some(&url),
            token: TOKEN,
        };
        String::from_utf8(letter.address(&copy)).unwrap()
    }

    #[test]
    fn a_bulk_mail_carries_every_header_once() {
        let mail = addressed(&letter("[Example] API errors", "hello", "<p>hello</p>").unwrap());
        for line in [
            "Date: Thu, 01 Jan 2026 00:10:00 +0000",
            "To: ada@example.net",
            "Message-ID: <d.1z.mac@status.example.com>",
            "In-Reply-To: <inc_abc@status.example.com>",
            "References: <inc_abc@status.example.com>",
            "List-Id: Example Inc <updates.status.example.com>",
            "List-Unsubscribe: <https://s.example/unsubscribe/1.abcdefghijkl.ABCDEFGHIJKLMNOPQRSTUV>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "Auto-Submitted: auto-generated",
            "Precedence: bulk",
            "X-Auto-Response-Suppress: All",
            "MIME-Version: 1.0",
            "Subject: [Example] API errors",
        ] {
            assert_eq!(
                mail.matches(&format!("{line}\r\n")).count(),
                1,
                "{line}\n{mail}"
            );
        }
        assert!(!mail.to_lowercase().contains("dkim"), "the relay signs");
    }

    #[test]
    fn a_token_is_written_through_soft_breaks() {
        for width in 20..76 {
            let text = format!("{}{TOKEN_PLACEHOLDER} end", "x".repeat(width));
            let mail = addressed(&letter("s", &text, "<p>no token</p>").unwrap());
            let joined = mail.replace("=\r\n", "");
            assert!(joined.contains(&format!("x{TOKEN} end")), "{width}: {mail}");
            assert!(!joined.contains(TOKEN_PLACEHOLDER));
        }
    }

    #[test]
    fn every_byte_is_seven_bit_and_every_line_short() {
        let mail = addressed(&letter("Störung", "Größe → 3\n.\n", "<p>日本</p>").unwrap());
        assert!(mail.is_ascii());
        assert!(mail.split("\r\n").all(|line| line.len() <= 200));
        assert!(!mail.replace("\r\n", "").contains(['\r', '\n']));
    }

    #[test]
    fn lone_returns_and_nulls_are_refused() {
        assert!(letter("a\r\nBcc: x@y", "t", "h").is_err());
        assert!(letter("s", "a\rb", "h").is_err());
        assert!(letter("s", "t", "a\0b").is_err());
        assert!(letter("s", "a\r\nb\nc", "h").is_ok());
    }

    #[test]
    fn the_same_copy_is_the_same_bytes() {
        let (one, two) = (
            letter("s", "t", "h").unwrap(),
            letter("s", "t", "h").unwrap(),
        );
        assert_eq!(addressed(&one), addressed(&two));
    }
}
