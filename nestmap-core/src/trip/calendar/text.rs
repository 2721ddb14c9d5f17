//! How RFC 5545 writes text: escaped (section 3.3.11) and folded (section 3.1).

/// Most octets of a line, without its end.
pub(super) const OCTETS_MAX: usize = 75;

/// The value of a text property. No text can end its line: line ends become `\n`, other control
/// characters vanish, and so nobody's words become a property of their own.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\r' if chars.peek() == Some(&'\n') => {}
            // The last three end lines for some readers.
            '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => escaped.push_str("\\n"),
            '\t' => escaped.push(' '),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// The line in pieces of at most 75 octets, none of which splits a character; each piece but the
/// first stands on a line of its own after a space.
pub(super) fn fold(line: &str) -> String {
    let mut folded = String::with_capacity(line.len() + line.len() / 24);
    let mut octets = 0;
    for c in line.chars() {
        if octets + c.len_utf8() > OCTETS_MAX {
            folded.push_str("\r\n ");
            octets = 1;
        }
        folded.push(c);
        octets += c.len_utf8();
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_ends_a_line_early() {
        for (text, wanted) in [
            ("a; b, c\\d", "a\\; b\\, c\\\\d"),
            ("a\r\nb", "a\\nb"),
            ("a\rb\nc", "a\\nb\\nc"),
            ("a\u{85}b\u{2028}c\u{2029}d", "a\\nb\\nc\\nd"),
            ("a\tb\u{0}\u{7}\u{1b}c", "a bc"),
            ("DTEND:x", "DTEND:x"),
        ] {
            assert_eq!(escape(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn a_line_of_75_octets_is_one_line_and_76_are_two() {
        for (octets, lines) in [(74, 1), (75, 1), (76, 2), (149, 2), (150, 3)] {
            assert_eq!(fold(&"x".repeat(octets)).split("\r\n").count(), lines, "{octets}");
        }
    }

    #[test]
    fn no_character_is_split() {
        // 74 octets and a character of two, three and four octets.
        for wide in ["é", "→", "🛫"] {
            let line = format!("{}{wide}", "x".repeat(74));
            assert_eq!(fold(&line), format!("{}\r\n {wide}", "x".repeat(74)));
        }
    }

    proptest! {
        #[test]
        fn unfolding_undoes_folding(text in "[^\r\n]{0,300}") {
            let folded = fold(&text);
            prop_assert_eq!(folded.replace("\r\n ", ""), text);
            prop_assert!(folded.split("\r\n").all(|line| line.len() <= OCTETS_MAX));
        }

        #[test]
        fn escaped_text_has_no_line_end(text in any::<String>()) {
            let ends = |c: char| c.is_control() || "\u{2028}\u{2029}".contains(c);
            prop_assert!(!escape(&text).contains(ends));
        }
    }
}
