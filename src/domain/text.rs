//! Text a person typed, made fit to be shown: bounded, and without characters that reorder or hide.

/// Longest title: what Statuspage clients and mail subjects take.
pub const LONGEST_TITLE: usize = 255;

/// Longest body of one update, in characters.
pub const LONGEST_BODY: usize = 25_000;

/// Why a text was refused; the caller knows which field it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnfitText {
    #[error("it is empty")]
    Empty,
    #[error("it has {found} characters, and at most {most} fit")]
    TooLong { found: usize, most: usize },
}

/// One line: control characters become spaces, runs of spaces become one.
///
/// # Errors
/// [`UnfitText`] when nothing is left or more than `most` characters are.
pub fn clean_line(text: &str, most: usize) -> Result<String, UnfitText> {
    let spaced: String = text
        .chars()
        .filter(|c| !is_hidden(*c))
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    bounded(
        spaced.split_whitespace().collect::<Vec<_>>().join(" "),
        most,
    )
}

/// Several lines: line ends become `\n`, other control characters but the tab are dropped.
///
/// # Errors
/// [`UnfitText`] when nothing is left or more than `most` characters are.
pub fn clean_body(text: &str, most: usize) -> Result<String, UnfitText> {
    let unix = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept: String = unix
        .chars()
        .filter(|c| !is_hidden(*c) && (!c.is_control() || matches!(c, '\n' | '\t')))
        .collect();
    bounded(kept.trim().to_owned(), most)
}

fn bounded(text: String, most: usize) -> Result<String, UnfitText> {
    let found = text.chars().count();
    if found == 0 {
        return Err(UnfitText::Empty);
    }
    if found > most {
        return Err(UnfitText::TooLong { found, most });
    }
    Ok(text)
}

/// Characters that change the order of what follows, or that nobody sees. Zero-width joiners stay: scripts and
/// emoji need them.
const fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{061c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_keeps_no_line_end_and_no_direction_override() {
        let title = clean_line("  Checkout\r\nBcc: \u{202e}evil\u{202c}\t is  down\0 ", 255);

        assert_eq!(title, Ok("Checkout Bcc: evil is down".to_owned()));
    }

    #[test]
    fn a_body_keeps_its_lines_and_nothing_invisible() {
        let body = clean_body("one\r\ntwo\rthree\u{7}\u{feff}\n\n- four\tfive\n", 25_000);

        assert_eq!(body, Ok("one\ntwo\nthree\n\n- four\tfive".to_owned()));
    }

    #[test]
    fn a_title_is_one_to_255_characters_long() {
        assert_eq!(clean_line(" \u{200b} ", 255), Err(UnfitText::Empty));
        assert!(clean_line(&"ä".repeat(255), 255).is_ok());
        assert_eq!(
            clean_line(&"ä".repeat(256), 255),
            Err(UnfitText::TooLong {
                found: 256,
                most: 255
            })
        );
    }
}
