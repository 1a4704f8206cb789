//! Dot-stuffing: how a body is kept from ending itself.

/// RFC 5321 section 4.5.2. A bare CR or LF also starts a line here, so that no server's reading can be
/// smuggled past.
pub(super) fn dot_stuff(out: &mut Vec<u8>, data: &[u8]) {
    if data.first() == Some(&b'.') {
        out.push(b'.');
    }
    let mut copied = 0;
    for at in memchr::memchr_iter(b'.', data) {
        let starts_line = at
            .checked_sub(1)
            .and_then(|before| data.get(before))
            .is_some_and(|byte| matches!(byte, b'\n' | b'\r'));
        if starts_line {
            out.extend_from_slice(data.get(copied..at).unwrap_or_default());
            out.push(b'.');
            copied = at;
        }
    }
    out.extend_from_slice(data.get(copied..).unwrap_or_default());
    let end: &[u8] = if data.ends_with(b"\r\n") {
        b".\r\n"
    } else {
        b"\r\n.\r\n"
    };
    out.extend_from_slice(end);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stuffed(text: &str) -> String {
        let mut out = Vec::new();
        dot_stuff(&mut out, text.as_bytes());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_that_begins_with_a_dot_gets_another() {
        assert_eq!(stuffed(".a\r\n.\r\nb.c\r\n"), "..a\r\n..\r\nb.c\r\n.\r\n");
    }

    #[test]
    fn a_bare_line_feed_or_return_smuggles_nothing() {
        assert_eq!(stuffed("a\n.\rb\r.c"), "a\n..\rb\r..c\r\n.\r\n");
    }
}
