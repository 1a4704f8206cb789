//! What a relay answers, and what an answer means for a delivery. Pure.

use crate::domain::delivery::SendOutcome;

/// Longest reply line we read; RFC 5321 allows 512.
const MAX_LINE: usize = 1000;
/// Longest reply in all.
const MAX_REPLY: usize = 16_384;
const MALFORMED: &str = "malformed reply";

/// One complete reply, its lines joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub code: u16,
    /// RFC 3463, when the last line begins with one.
    pub enhanced: Option<(u16, u16, u16)>,
    pub text: String,
}

impl Reply {
    #[must_use]
    pub const fn is_positive(&self) -> bool {
        self.code / 100 == 2
    }

    /// `550 5.1.1 no such user`, shortened: for `last_error`.
    #[must_use]
    pub fn summary(&self) -> String {
        let line = format!("{} {}", self.code, self.text.replace('\n', " "));
        line.chars().filter(|c| !c.is_control()).take(300).collect()
    }
}

/// What one reply means for the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Sent(Reply),
    /// This recipient, later.
    Soft(Reply),
    /// The address is gone: quarantine.
    Hard(Reply),
    /// Our reputation, our content, our sender: the operator's problem, never the subscriber's.
    Policy(Reply),
    /// Not about this recipient: release the row, count nothing, back off the lane.
    Lane(Reply),
}

impl Verdict {
    #[must_use]
    pub fn outcome(self) -> SendOutcome {
        match self {
            Self::Sent(reply) => SendOutcome::Sent {
                code: reply.code.into(),
            },
            Self::Soft(reply) | Self::Policy(reply) => SendOutcome::Later {
                code: reply.code.into(),
                why: reply.summary(),
                retry_after: None,
            },
            Self::Hard(reply) => SendOutcome::Never {
                code: reply.code.into(),
                why: reply.summary(),
                quarantine: true,
            },
            Self::Lane(reply) => SendOutcome::Release {
                why: reply.summary(),
            },
        }
    }
}

/// One complete reply at the head of `bytes`, and how many bytes it took; `None` when more must come.
///
/// # Errors
/// The bytes are not an SMTP reply, differ in code between lines, or are longer than anyone needs.
pub fn parse_reply(bytes: &[u8]) -> Result<Option<(Reply, usize)>, &'static str> {
    let (mut used, mut text, mut first) = (0, String::new(), None);
    loop {
        let rest = bytes.get(used..).unwrap_or_default();
        let Some(end) = memchr::memchr(b'\n', rest) else {
            let too_long = rest.len() > MAX_LINE || bytes.len() > MAX_REPLY;
            return if too_long { Err(MALFORMED) } else { Ok(None) };
        };
        let line = rest.get(..end).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        used += end + 1;
        if end > MAX_LINE || used > MAX_REPLY {
            return Err(MALFORMED);
        }
        let code = code_of(line).ok_or(MALFORMED)?;
        if *first.get_or_insert(code) != code {
            return Err(MALFORMED);
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&String::from_utf8_lossy(line.get(4..).unwrap_or_default()));
        match line.get(3) {
            Some(b'-') => {}
            None | Some(b' ') => {
                let enhanced = enhanced_of(code, &text);
                return Ok(Some((
                    Reply {
                        code,
                        enhanced,
                        text,
                    },
                    used,
                )));
            }
            Some(_) => return Err(MALFORMED),
        }
    }
}

fn code_of(line: &[u8]) -> Option<u16> {
    let digits = line
        .get(..3)
        .filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    let code = digits
        .iter()
        .fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    (200..600).contains(&code).then_some(code)
}

fn enhanced_of(code: u16, text: &str) -> Option<(u16, u16, u16)> {
    let word = text.lines().last()?.split([' ', '\t']).next()?;
    let mut parts = word
        .split('.')
        .map(|part| part.parse::<u16>().ok().filter(|number| *number < 1000));
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(Some(class)), Some(Some(subject)), Some(Some(detail)), None)
            if class == code / 100 =>
        {
            Some((class, subject, detail))
        }
        _ => None,
    }
}

/// `at_mail`: the sender was refused, so nothing is known about the recipient.
///
/// A full box, a bare 552 or 554 are soft: a subscriber is never quarantined on a guess.
#[must_use]
pub fn classify(reply: Reply, at_mail: bool) -> Verdict {
    match (reply.code, reply.enhanced) {
        (200..=299, _) => Verdict::Sent(reply),
        (421 | 530 | 535, _) | (_, Some((4, 7, _))) => Verdict::Lane(reply),
        (400..=499, _) if at_mail => Verdict::Lane(reply),
        (400..=499, _) => Verdict::Soft(reply),
        _ if at_mail => Verdict::Policy(reply),
        (_, Some((5, 6 | 7, _))) => Verdict::Policy(reply),
        (_, Some((5, 1, 1 | 2 | 3 | 6 | 10) | (5, 2, 1))) | (550 | 551 | 553, None) => {
            Verdict::Hard(reply)
        }
        // A full mailbox or system (5.2.2, 5.3.x), no route (5.4.4), and whatever we do not know: it may pass.
        _ => Verdict::Soft(reply),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(text: &str) -> Reply {
        parse_reply(format!("{text}\r\n").as_bytes())
            .unwrap()
            .unwrap()
            .0
    }

    #[test]
    fn lines_of_one_reply_are_joined() {
        let (reply, used) = parse_reply(b"250-a\r\n250 2.0.0 b\r\n354 go\r\n")
            .unwrap()
            .unwrap();
        assert_eq!((reply.code, used), (250, 20));
        assert_eq!(reply.text, "a\n2.0.0 b");
        assert_eq!(reply.enhanced, Some((2, 0, 0)));
    }

    #[test]
    fn half_a_reply_waits_for_the_rest() {
        for half in ["", "2", "250-a\r\n", "250-a\r\n250 b"] {
            assert_eq!(parse_reply(half.as_bytes()), Ok(None), "{half:?}");
        }
    }

    #[test]
    fn malformed_replies_are_refused() {
        let long = format!("250 {}\r\n", "x".repeat(2000));
        for bad in [
            "hello\r\n",
            "25\r\n",
            "250-a\r\n251 b\r\n",
            "600 x\r\n",
            "150 x\r\n",
            "250_x\r\n",
            &long,
        ] {
            assert!(parse_reply(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_refusal_is_classified_by_whose_fault_it_is() {
        type Case = (&'static str, bool, fn(Reply) -> Verdict);
        let cases: [Case; 9] = [
            ("250 2.0.0 queued", false, Verdict::Sent),
            ("451 4.3.0 later", false, Verdict::Soft),
            ("550 5.1.1 no such user", false, Verdict::Hard),
            ("550 5.7.1 blocked", false, Verdict::Policy),
            ("552 5.2.2 full", false, Verdict::Soft),
            ("554 no", false, Verdict::Soft),
            ("451 4.7.1 slow down", false, Verdict::Lane),
            ("450 4.1.8 sender", true, Verdict::Lane),
            ("553 5.7.1 sender", true, Verdict::Policy),
        ];
        for (text, at_mail, verdict) in cases {
            let reply = reply(text);
            assert_eq!(classify(reply.clone(), at_mail), verdict(reply), "{text}");
        }
    }
}
