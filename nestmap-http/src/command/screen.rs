//! Where a command prints, and what can be shown there.

use std::env;
use std::io::{self, IsTerminal as _, Write};

/// Where a command prints. Texts are written with Unicode marks and lines; a screen that can't
/// show them gets plain ones instead.
pub(crate) struct Screen {
    out: Box<dyn Write>,
    colored: bool,
    unicode: bool,
    width: Option<usize>,
}

/// How a text is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Like any other.
    Plain,
    /// Of more weight.
    Strong,
    /// Of less weight.
    Faint,
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
    /// Nobody knows.
    Doubt,
}

/// What a person asked of the screen.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct Looks {
    /// Print without colors; so do `NO_COLOR` and output that isn't a terminal.
    #[arg(long)]
    pub(crate) no_color: bool,
    /// Print marks and lines in ASCII, without colors.
    #[arg(long)]
    pub(crate) plain: bool,
}

impl Screen {
    /// The process's standard output.
    pub(crate) fn stdout(looks: Looks) -> Self {
        let stdout = io::stdout();
        let is_terminal = stdout.is_terminal();
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let refused = looks.no_color
            || looks.plain
            || variable("NO_COLOR").is_some()
            || variable("TERM").as_deref() == Some("dumb");
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable);
        Self {
            out: Box::new(stdout.lock()),
            colored: is_terminal && !refused,
            unicode: !looks.plain && shows_unicode(locale.as_deref()),
            width: is_terminal.then(terminal_width).flatten(),
        }
    }

    /// How many columns there are; none when nobody looks, and lines may be of any length.
    pub(crate) fn width(&self) -> Option<usize> {
        self.width
    }

    /// Prints a line that is already made for this screen.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", text.trim_end())
    }

    /// Prints an empty line.
    pub(crate) fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// Prints a text as long lines, each `indent` to the right.
    pub(crate) fn paragraph(&mut self, indent: usize, text: &str) -> io::Result<()> {
        self.toned_paragraph(indent, Tone::Plain, text)
    }

    /// The same in a tone.
    pub(crate) fn toned_paragraph(
        &mut self,
        indent: usize,
        tone: Tone,
        text: &str,
    ) -> io::Result<()> {
        let room = self.width.map(|width| width.saturating_sub(indent));
        for line in wrap(&self.text(text), room) {
            let painted = self.paint(tone, &line);
            self.line(&format!("{:indent$}{painted}", ""))?;
        }
        Ok(())
    }

    /// The text with marks and lines that this screen can show.
    pub(crate) fn text(&self, text: &str) -> String {
        if self.unicode { text.to_owned() } else { in_ascii(text) }
    }

    /// The text in its color.
    pub(crate) fn paint(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            _ if !self.colored => return text.to_owned(),
            Tone::Plain => return text.to_owned(),
            Tone::Strong => "1",
            Tone::Faint => "2",
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Doubt => "33",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// A screen of that width whose output goes to `out`.
    #[cfg(test)]
    pub(crate) fn to(out: Box<dyn Write>, width: Option<usize>, unicode: bool) -> Self {
        Self { out, colored: false, unicode, width }
    }
}

/// Only a locale that says it can't is believed not to.
fn shows_unicode(locale: Option<&str>) -> bool {
    locale.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

fn terminal_width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size()?;
    // Some terminals say they have no columns.
    Some(usize::from(width.0)).filter(|width| *width >= 20)
}

fn in_ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '✓' => plain.push('+'),
            '✗' => plain.push('x'),
            '→' => plain.push_str("->"),
            '…' => plain.push_str("..."),
            '─' | '–' => plain.push('-'),
            '·' | '▸' => plain.push('*'),
            '“' | '”' => plain.push('"'),
            other => plain.push(other),
        }
    }
    plain
}

/// Breaks a text between words so that each line has at most `room` columns.
pub(crate) fn wrap(text: &str, room: Option<usize>) -> Vec<String> {
    let Some(room) = room else { return vec![text.to_owned()] };
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if columns(line) + 1 + columns(word) <= room {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// How many columns a text takes.
pub(crate) fn columns(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_locales_without_unicode_are_plain() {
        assert!(shows_unicode(None));
        assert!(shows_unicode(Some("de_DE.UTF-8")) && shows_unicode(Some("C.utf8")));
        assert!(!shows_unicode(Some("C")) && !shows_unicode(Some("de_DE@euro")));
    }

    #[test]
    fn marks_have_plain_forms_and_names_stay() {
        assert_eq!(in_ascii("✓ Chloé → 3 …"), "+ Chloé -> 3 ...");
    }

    #[test]
    fn lines_break_between_words_and_long_words_stay_whole() {
        assert_eq!(wrap("one two three", Some(7)), ["one two", "three"]);
        assert_eq!(wrap("incomprehensible no", Some(5)), ["incomprehensible", "no"]);
        assert_eq!(wrap("one two three", None), ["one two three"]);
    }
}
